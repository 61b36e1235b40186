using System.Globalization;
using System.Text;
using Tessera.Actors.Stores;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Tests.CommandLine;

/// <summary>
/// A state that does not fit is refused by <c>verify</c> and by <c>resume</c>, with what was seen and the way out, and stays as it is: a person may still
/// want it.
/// </summary>
public sealed class DamagedStateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Flipped_bits_are_refused() => RequireRefused(StateFile.FlipBits, "in place of blob", "backup");

    [Fact]
    public void Where_an_older_checkpoint_is_kept_resume_says_so_and_ends_with_the_hash_of_an_undisturbed_run()
    {
        string run = PartialRun.Make(_folder, 2, 4);
        using (SqliteRunStore store = SqliteRunStore.OpenReadOnly(StateFile.Of(run)))
        {
            BlobHash hash = store.ReadNewest()!.Blobs.First(blob => blob.Kind == ManifestBlob.TileKind).Hash;
            byte[] bytes = store.Get(hash);
            bytes[^1] ^= 1;
            StateFile.Change(run, "UPDATE blobs SET bytes = $bytes WHERE sha256 = $hash", ("$bytes", bytes), ("$hash", hash.Hex));
        }

        Assert.Equal(1, CliRun.Of("verify", run).ExitCode);
        CliRun resumed = CliRun.Of("resume", run);

        Assert.Equal(0, resumed.ExitCode);
        Assert.Contains("goes back to the checkpoint of step 2", resumed.All);
        Assert.Equal(PartialRun.WholeHash(_folder), TrainingFixture.Value(resumed.Out, "hash"));
    }

    [Fact]
    public void A_truncated_file_is_refused() => RequireRefused(
        run =>
        {
            using FileStream file = new(StateFile.Of(run), FileMode.Open);
            file.SetLength(file.Length / 2 / 4096 * 4096);
        },
        "damaged",
        "backup");

    [Fact]
    public void A_file_that_is_something_else_is_refused() =>
        RequireRefused(run => File.WriteAllText(StateFile.Of(run), string.Concat(Enumerable.Repeat("not a database ", 1000))), "damaged", "backup");

    [Fact]
    public void A_blob_that_is_gone_is_refused() => RequireRefused(run => StateFile.Change(run, "DELETE FROM blobs"), "lost blob", "backup");

    [Fact]
    public void A_manifest_that_was_edited_is_refused() => RequireRefused(
        run => StateFile.Change(run, "UPDATE manifests SET json = CAST(replace(CAST(json AS TEXT), '\"step\": 4', '\"step\": 5') AS BLOB)"), "newest checkpoint", "backup");

    [Fact]
    public void A_newer_format_is_refused() =>
        RequireRefused(run => StateFile.Change(run, "UPDATE meta SET value = '99' WHERE key = 'format'"), "format 99", "newer one");

    [Fact]
    public void Another_numerics_version_is_refused_unless_it_is_accepted()
    {
        int other = NumericsVersion.Current + 1;
        string run = RequireRefused(
            run => WriteAsNumerics(run, other), resumeOnly: true, string.Create(CultureInfo.InvariantCulture, $"numerics version {other}"), "--accept-numerics-change");
        CliRun accepted = CliRun.Of("resume", run, "--accept-numerics-change");
        Assert.Equal((0, ""), (accepted.ExitCode, accepted.Error));
        using SqliteRunStore store = SqliteRunStore.OpenReadOnly(StateFile.Of(run));
        Assert.Equal([NumericsVersion.Current, other], store.ReadAll().Select(manifest => manifest.NumericsVersion));
    }

    [Fact]
    public void The_state_of_another_experiment_is_refused()
    {
        string run = PartialRun.Make(_folder, 4);
        CliRun other = CliRun.Of([.. TrainingFixture.Write(_folder, TrainingFixture.Physics[2]), "--run-dir", _folder.PathOf("other")]);
        Assert.Equal(0, other.ExitCode);
        RequireRefused(run, _ => File.Copy(StateFile.Of(_folder.PathOf("other")), StateFile.Of(run), overwrite: true), resumeOnly: true, "configuration", "new run");
    }

    private void RequireRefused(Action<string> damage, params string[] fragments) => RequireRefused(damage, resumeOnly: false, fragments);

    private string RequireRefused(Action<string> damage, bool resumeOnly, params string[] fragments)
    {
        string run = PartialRun.Make(_folder, 4);
        RequireRefused(run, damage, resumeOnly, fragments);
        return run;
    }

    private static void RequireRefused(string run, Action<string> damage, bool resumeOnly, params string[] fragments)
    {
        damage(run);
        byte[] before = File.ReadAllBytes(StateFile.Of(run));
        string[] commands = resumeOnly ? ["resume"] : ["verify", "resume"];
        foreach (string command in commands)
        {
            CliRun refused = CliRun.Of(command, run);
            Assert.Equal(1, refused.ExitCode);
            Assert.DoesNotContain("   at ", refused.All);
            Assert.DoesNotContain("unexpected failure", refused.All);
            foreach (string fragment in fragments) { Assert.Contains(fragment, refused.Error); }
        }

        Assert.Equal(StateOf(before), StateOf(File.ReadAllBytes(StateFile.Of(run))));
    }

    /// <summary>All bytes, or, of a sound file, whose term rises with every attempt to resume, its length.</summary>
    private static string StateOf(byte[] file) => Encoding.ASCII.GetString(file, 0, 15) == "SQLite format 3"
        ? file.Length.ToString(CultureInfo.InvariantCulture)
        : Convert.ToHexString(file);

    /// <summary>Writes the newest checkpoint again as a program with other numerics would have: the same values, another version in every file.</summary>
    private static void WriteAsNumerics(string run, int version)
    {
        string old = $"\"numerics_version\":\"{NumericsVersion.Current}\"";
        string replacement = $"\"numerics_version\":\"{version}\"";
        Assert.Equal(old.Length, replacement.Length);
        using SqliteRunStore store = SqliteRunStore.Open(StateFile.Of(run));
        ulong term = store.RaiseTerm().Value;
        RunManifest newest = store.ReadNewest()!;
        List<ManifestBlob> blobs = [];
        foreach (ManifestBlob blob in newest.Blobs)
        {
            byte[] bytes = store.Get(blob.Hash);
            int at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(old));
            Assert.True(at > 0, $"'{blob.Name}' does not say {old}");
            Encoding.ASCII.GetBytes(replacement).CopyTo(bytes.AsSpan(at));
            blobs.Add(blob with { Hash = store.Put(bytes) });
        }

        store.Commit(newest with { NumericsVersion = version, Term = term, Blobs = blobs });
    }
}
