using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Tests.Checkpoints;

public sealed class RunVerifierTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteRunStore _store;
    private readonly StateEditor _editor;
    private readonly string _hash;

    public RunVerifierTests()
    {
        var config = Networks.Mlp(12, epochs: 1);
        var identity = new RunIdentity(ConfigurationHash.Compute(config), RunManifest.CpuEngine, NumericsVersion.Current);
        _store = SqliteRunStore.Create(Path.Combine(_folder.Path, SqliteRunStore.FileName), identity);
        _editor = new StateEditor(_store.Path);
        var data = TinySamples.Pair(20, 10, Networks.Features, Networks.Classes);
        _hash = TrainedRun.Of(config, data, new RunOptions { Threads = 1 }, Networks.Perfect, _store).Hash;
    }

    private RunManifest Manifest => _store.ReadNewest()!;

    private string Hash => RunVerifier.ComputeHash(_store, Manifest);

    public static TheoryData<string, int> Damages()
    {
        var damages = new TheoryData<string, int>();
        string[] kinds = ["missing", "empty", "truncated", "longer", "first byte", "header", "last byte", "of another tile"];
        foreach (var kind in kinds)
        {
            damages.Add(kind, 0); // a tile
            damages.Add(kind, 3); // a stage
            damages.Add(kind, 5); // the losses
        }

        return damages;
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_hash_is_64_digits_and_comes_from_the_bytes()
    {
        Assert.True(BlobHash.IsWellFormed(_hash));
        Assert.Equal(_hash, Hash);
    }

    [Fact]
    public void A_state_has_a_blob_for_every_tile_and_digital_bias_and_the_losses()
    {
        Assert.Equal(
            ["tile hidden/T0", "tile hidden/T1", "tile output/T0", "stage hidden", "stage output", "losses losses/0"],
            Manifest.Blobs.Select(blob => $"{blob.Kind} {blob.Name}"));
        Assert.Equal(2UL, Manifest.Step);
        Assert.Equal(2, RunVerifier.ReadLosses(_store, Manifest).Length);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_blob_is_refused_with_what_was_seen_and_the_way_out(string damage, int index)
    {
        var blob = Manifest.Blobs[index].Hash;
        if (damage == "missing")
        {
            _editor.Remove(blob);
        }
        else
        {
            var other = _store.Get(Manifest.Blobs[1].Hash);
            _editor.Change(blob, bytes => damage == "of another tile" ? other : Damaged(bytes, damage));
        }

        var error = Assert.Throws<CheckpointException>(() => Hash);

        Assert.Contains(blob.Hex, error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
        Assert.Matches("Restore|Start from|go back", error.Message);
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("truncated")]
    [InlineData("first byte")]
    public void A_damaged_manifest_is_refused_with_the_way_out(string damage)
    {
        _editor.ChangeManifest(bytes => Damaged(bytes, damage));

        var error = Assert.Throws<StoreException>(() => Manifest);

        Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
        Assert.Matches("Restore|Check|Use|backup", error.Message);
    }

    [Fact]
    public void Another_format_of_the_manifest_is_refused()
    {
        var newer = ManifestCodec.Write(Manifest with { Format = 7 });
        _editor.ChangeManifest(_ => newer);

        Assert.Contains("not the one that was stored last", Assert.Throws<StoreException>(() => Manifest).Message, StringComparison.Ordinal);
        Assert.Contains("has format 7", Assert.Throws<StoreException>(() => _store.ReadAll()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Blobs_of_another_step_run_name_or_version_are_refused()
    {
        Refuses(Manifest with { Step = 3 }, "step '2'", "'3'");
        Refuses(Manifest with { ConfigurationHash = BlobHash.Of([1]).Hex }, "configuration_hash");
        Refuses(Manifest with { NumericsVersion = NumericsVersion.Current + 1 }, "numerics_version");
        Refuses(StateEditor.WithBlob(_store, Manifest, 0, _store.Get(Manifest.Blobs[1].Hash)), "name 'hidden/T1'", "'hidden/T0'");
        Refuses(StateEditor.WithBlob(_store, Manifest, 4, [1, 2, 3]), "output");
    }

    [Fact]
    public void A_loss_left_out_or_too_many_are_refused()
    {
        var blob = _store.Get(Manifest.Blobs[^1].Hash);
        float[] losses = [1f, 2f, 3f];
        Refuses(StateEditor.WithBlob(_store, Manifest, 5, StateEditor.WithLosses(blob, "losses/0", losses.AsSpan(0, 1))), "1 losses");
        Refuses(StateEditor.WithBlob(_store, Manifest, 5, StateEditor.WithLosses(blob, "losses/0", losses)), "3 losses");
    }

    [Fact]
    public void Every_flipped_byte_of_every_blob_is_noticed()
    {
        // A store in memory hands out the bytes that it keeps: whoever changes them damages it, and a database would take minutes.
        var copy = new MemoryRunStore();
        var manifest = Manifest;
        foreach (var entry in manifest.Blobs)
        {
            copy.Put(_store.Get(entry.Hash));
        }

        foreach (var entry in manifest.Blobs)
        {
            var bytes = copy.Get(entry.Hash);
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] ^= 0x10;
                Assert.Throws<CheckpointException>(() => RunVerifier.ComputeHash(copy, manifest));
                bytes[i] ^= 0x10;
            }
        }

        Assert.Equal(_hash, RunVerifier.ComputeHash(copy, manifest));
    }

    [Fact]
    public void The_term_is_no_part_of_the_hash_but_a_weight_a_bias_and_a_loss_are()
    {
        Assert.Equal(_hash, RunVerifier.ComputeHash(_store, Manifest with { Term = 9 }));
        foreach (var index in new[] { 0, 3, 5 })
        {
            var bytes = (byte[])_store.Get(Manifest.Blobs[index].Hash).Clone();
            bytes[^1] ^= 1;
            Assert.NotEqual(_hash, RunVerifier.ComputeHash(_store, StateEditor.WithBlob(_store, Manifest, index, bytes)));
        }
    }

    [Fact]
    public void How_losses_are_cut_into_chunks_is_no_part_of_the_hash()
    {
        var losses = RunVerifier.ReadLosses(_store, Manifest);
        var whole = _store.Get(Manifest.Blobs[^1].Hash);
        var first = _store.Put(StateEditor.WithLosses(whole, "losses/0", losses.AsSpan(0, 1)));
        var second = _store.Put(StateEditor.WithLosses(whole, "losses/1", losses.AsSpan(1)));
        var cut = Manifest with
        {
            Blobs = [.. Manifest.Blobs.SkipLast(1), new ManifestBlob("losses", "losses/1", second), new ManifestBlob("losses", "losses/0", first)],
        };

        Assert.Equal(losses, RunVerifier.ReadLosses(_store, cut));
        Assert.Equal(_hash, RunVerifier.ComputeHash(_store, cut));
    }

    private static byte[] Damaged(byte[] bytes, string damage) => damage switch
    {
        "empty" => [],
        "truncated" => bytes[..^1],
        "longer" => [.. bytes, 0],
        "first byte" => [(byte)(bytes[0] ^ 1), .. bytes[1..]],
        "header" => [.. bytes[..12], (byte)(bytes[12] ^ 1), .. bytes[13..]],
        "last byte" => [.. bytes[..^1], (byte)(bytes[^1] ^ 0x80)],
        _ => throw new ArgumentOutOfRangeException(nameof(damage), damage, "There is no such damage."),
    };

    private void Refuses(RunManifest manifest, params string[] texts)
    {
        var error = Assert.Throws<CheckpointException>(() => RunVerifier.ComputeHash(_store, manifest));
        Assert.All(texts, text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
        Assert.Matches("Restore|Check|Use|Start", error.Message);
    }
}
