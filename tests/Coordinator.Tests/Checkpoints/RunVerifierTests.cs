using System.Text;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Tests.Checkpoints;

public sealed class RunVerifierTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _hash;

    public RunVerifierTests()
    {
        using var run = new TrainingRun(
            Networks.Mlp(12, epochs: 1), TinySamples.Pair(20, 10, Networks.Features, Networks.Classes), new RunOptions { Threads = 1 }, Networks.Perfect);
        run.Execute(new SilentObserver(), CancellationToken.None);
        run.WriteState(_folder.Path);
        _hash = RunVerifier.ComputeHash(_folder.Path);
    }

    private string Manifest => Path.Combine(_folder.Path, "manifest.json");

    private string[] Blobs => [.. Directory.GetFiles(Path.Combine(_folder.Path, "blobs")).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_hash_is_64_digits_and_comes_from_the_bytes()
    {
        Assert.True(BlobHash.IsWellFormed(_hash));
        Assert.Equal(_hash, RunVerifier.ComputeHash(_folder.Path));
    }

    [Fact]
    public void A_state_has_a_blob_for_every_tile_and_digital_bias_and_the_losses()
    {
        var manifest = ManifestCodec.Read(File.ReadAllBytes(Manifest), Manifest);

        Assert.Equal(
            ["tile hidden/T0", "tile hidden/T1", "tile output/T0", "stage hidden", "stage output", "losses losses"],
            manifest.Blobs.Select(blob => $"{blob.Kind} {blob.Name}"));
        Assert.Equal(2UL, manifest.Step);
        Assert.Equal(6, Blobs.Length);
    }

    [Theory]
    [InlineData("missing folder")]
    [InlineData("missing manifest")]
    [InlineData("empty manifest")]
    [InlineData("truncated manifest")]
    [InlineData("other step in the manifest")]
    [InlineData("other format of the manifest")]
    [InlineData("missing blob")]
    [InlineData("empty blob")]
    [InlineData("truncated blob")]
    [InlineData("longer blob")]
    [InlineData("first byte of a blob")]
    [InlineData("header of a blob")]
    [InlineData("last byte of a blob")]
    [InlineData("two blobs exchanged")]
    [InlineData("blob of another run")]
    [InlineData("a loss left out")]
    public void Damage_is_refused_with_what_was_seen_and_the_way_out(string damage)
    {
        var folder = Damage(damage);

        var error = Assert.Throws<CheckpointException>(() => RunVerifier.ComputeHash(folder));

        Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
        Assert.Matches("Restore|Check|Use", error.Message);
    }

    [Fact]
    public void Every_flipped_byte_of_every_blob_is_noticed()
    {
        foreach (var blob in Blobs)
        {
            var bytes = File.ReadAllBytes(blob);
            for (var i = 0; i < bytes.Length; i += 37)
            {
                bytes[i] ^= 0x10;
                File.WriteAllBytes(blob, bytes);
                Assert.Throws<CheckpointException>(() => RunVerifier.ComputeHash(_folder.Path));
                bytes[i] ^= 0x10;
            }

            File.WriteAllBytes(blob, bytes);
        }

        Assert.Equal(_hash, RunVerifier.ComputeHash(_folder.Path));
    }

    [Fact]
    public void The_term_is_no_part_of_the_hash_but_the_step_and_a_weight_are()
    {
        var manifest = ManifestCodec.Read(File.ReadAllBytes(Manifest), Manifest);
        File.WriteAllBytes(Manifest, ManifestCodec.Write(manifest with { Term = 9 }));
        Assert.Equal(_hash, RunVerifier.ComputeHash(_folder.Path));

        ReplaceBlob(manifest, 0, bytes => bytes[^1] ^= 1);
        Assert.NotEqual(_hash, RunVerifier.ComputeHash(_folder.Path));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_an_error_with_advice()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "file"), "not a folder");
        using var run = new TrainingRun(
            Networks.Mlp(), TinySamples.Pair(20, 10, Networks.Features, Networks.Classes), new RunOptions { Threads = 1 }, Networks.Perfect);

        var error = Assert.Throws<CheckpointException>(() => run.WriteState(Path.Combine(_folder.Path, "file")));

        Assert.Contains("--run-dir", error.Message, StringComparison.Ordinal);
    }

    private string Damage(string damage)
    {
        var blob = Blobs[0];
        var manifest = ManifestCodec.Read(File.ReadAllBytes(Manifest), Manifest);
        switch (damage)
        {
            case "missing folder":
                return Path.Combine(_folder.Path, "nowhere");
            case "missing manifest":
                File.Delete(Manifest);
                break;
            case "empty manifest":
                File.WriteAllText(Manifest, string.Empty);
                break;
            case "truncated manifest":
                Change(Manifest, bytes => bytes[..^20]);
                break;
            case "other step in the manifest":
                Change(Manifest, bytes => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("\"step\": 2", "\"step\": 3", StringComparison.Ordinal)));
                break;
            case "other format of the manifest":
                File.WriteAllBytes(Manifest, ManifestCodec.Write(manifest with { Format = 7 }));
                break;
            case "missing blob":
                File.Delete(blob);
                break;
            case "empty blob":
                File.WriteAllText(blob, string.Empty);
                break;
            case "truncated blob":
                Change(blob, bytes => bytes[..^1]);
                break;
            case "longer blob":
                Change(blob, bytes => [.. bytes, 0]);
                break;
            case "first byte of a blob":
                Change(blob, bytes => [(byte)(bytes[0] ^ 1), .. bytes[1..]]);
                break;
            case "header of a blob":
                Change(blob, bytes => [.. bytes[..12], (byte)(bytes[12] ^ 1), .. bytes[13..]]);
                break;
            case "last byte of a blob":
                Change(blob, bytes => [.. bytes[..^1], (byte)(bytes[^1] ^ 0x80)]);
                break;
            case "two blobs exchanged":
                var first = File.ReadAllBytes(Blobs[0]);
                File.Copy(Blobs[1], Blobs[0], overwrite: true);
                File.WriteAllBytes(Blobs[1], first);
                break;
            case "blob of another run":
                File.WriteAllBytes(Manifest, ManifestCodec.Write(manifest with { ConfigurationHash = BlobHash.Of([1]).Hex }));
                break;
            case "a loss left out":
                DropLoss(manifest);
                break;
            default:
                throw new ArgumentException(damage, nameof(damage));
        }

        return _folder.Path;
    }

    private static void Change(string path, Func<byte[], byte[]> change) => File.WriteAllBytes(path, change(File.ReadAllBytes(path)));

    private void DropLoss(RunManifest manifest)
    {
        var writer = new SafetensorsWriter();
        var old = SafetensorsFile.Parse(File.ReadAllBytes(BlobPath(manifest.Blobs[^1].Hash)), "losses");
        foreach (var (key, value) in old.Metadata)
        {
            writer.AddMetadata(key, value);
        }

        writer.AddFloats("loss", old.Array("loss").Floats().AsSpan(1));
        Store(manifest, manifest.Blobs.Count - 1, writer.ToArray());
    }

    private void ReplaceBlob(RunManifest manifest, int index, Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(BlobPath(manifest.Blobs[index].Hash));
        change(bytes);
        Store(manifest, index, bytes);
    }

    private void Store(RunManifest manifest, int index, byte[] bytes)
    {
        var hash = BlobHash.Of(bytes);
        File.WriteAllBytes(BlobPath(hash), bytes);
        ManifestBlob[] blobs = [.. manifest.Blobs];
        blobs[index] = blobs[index] with { Hash = hash };
        File.WriteAllBytes(Manifest, ManifestCodec.Write(manifest with { Blobs = blobs }));
    }

    private string BlobPath(BlobHash hash) => Path.Combine(_folder.Path, "blobs", hash.Hex + ".safetensors");
}
