using Tessera.Actors.Machines;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Tests.Checkpoints;

public sealed class CheckpointerTests : IDisposable
{
    private static readonly NetworkPlan Plan = PlanBuilder.Build(Networks.Mlp());
    private static readonly string Configuration = BlobHash.Of([1]).Hex;
    private readonly StepRunner _runner = new(Plan, 1, 4, 4, 4);
    private readonly Checkpointer _checkpointer;
    private readonly Outbox _outbox = new();

    public CheckpointerTests() => _checkpointer = new Checkpointer(Plan, Configuration, _runner.StatefulStages, new Tickets());

    public void Dispose() => _runner.Dispose();

    [Fact]
    public void A_manifest_names_tiles_then_stages_then_losses()
    {
        var manifest = Store(2, new float[2]);

        Assert.Equal(
            ["tile hidden/T0", "tile output/T0", "stage hidden", "stage output", "losses losses/0"],
            manifest.Blobs.Select(blob => $"{blob.Kind} {blob.Name}"));
        Assert.Equal((2ul, 5ul, Configuration), (manifest.Step, manifest.Term, manifest.ConfigurationHash));
        Assert.Same(manifest, _checkpointer.Newest);
        Assert.Null(_checkpointer.Outstanding);
        Assert.Equal(3, _checkpointer.NewestOwn.Count);
    }

    [Fact]
    public void A_full_chunk_of_losses_is_stored_once_and_named_by_every_later_manifest()
    {
        var losses = Enumerable.Range(0, (2 * LossChunks.Size) + 5).Select(i => (float)i).ToArray();

        var first = Store(LossChunks.Size - 1, losses);
        Assert.Equal(["losses/0"], Chunks(first));
        var second = Store(LossChunks.Size + 3, losses);
        Assert.Equal(["losses/0", "losses/1"], Chunks(second));
        Assert.NotEqual(first.Find("losses", "losses/0"), second.Find("losses", "losses/0")); // it was not full then
        var third = Store((2 * LossChunks.Size) + 5, losses);
        Assert.Equal(["losses/0", "losses/1", "losses/2"], Chunks(third));
        Assert.Equal(second.Find("losses", "losses/0"), third.Find("losses", "losses/0"));
        Assert.Equal(4, _checkpointer.NewestOwn.Count); // two stages and two chunks: the full one was not put again
        Assert.DoesNotContain(_checkpointer.NewestOwn, own => own.Name == "losses/0");
    }

    [Fact]
    public void A_checkpoint_that_is_given_up_leaves_the_one_before()
    {
        var before = Store(1, [1f]);
        _checkpointer.Expect(new Term(5), new StepId(2));
        _checkpointer.AddOwn([1f, 2f], _outbox);

        var outcome = _checkpointer.Accept(Snapshot(0, 2) with { Kind = MessageKind.SnapshotFailed, Detail = "no room" }, _runner.Requests, _outbox);

        Assert.Equal(CheckpointOutcome.GivenUp, outcome);
        Assert.Contains("step 2", _checkpointer.Failure, StringComparison.Ordinal);
        Assert.Contains("no room", _checkpointer.Failure, StringComparison.Ordinal);
        Assert.Same(before, _checkpointer.Newest);
        Assert.Null(_checkpointer.Outstanding);
    }

    [Fact]
    public void Tiles_that_have_not_confirmed_are_asked_again()
    {
        _checkpointer.Expect(new Term(5), new StepId(2));
        _checkpointer.Accept(Snapshot(1, 2), _runner.Requests, _outbox);
        _checkpointer.Repeat(_runner.Requests, _outbox);

        Assert.Equal(1, _outbox.Count);
        Assert.Equal((MessageKind.Snapshot, 0, 2ul), (_outbox[0].Kind, _outbox[0].Tile.Index, _outbox[0].Step.Value));
    }

    [Fact]
    public void Returning_to_another_checkpoint_forgets_what_was_under_way_and_what_was_written()
    {
        var newest = Store(1, [1f]);
        _checkpointer.ReturnTo(newest);
        Assert.NotEmpty(_checkpointer.NewestOwn);
        _checkpointer.Expect(new Term(5), new StepId(2));
        _checkpointer.ReturnTo(null);

        Assert.Empty(_checkpointer.NewestOwn);
        Assert.Null(_checkpointer.Newest);
        Assert.Null(_checkpointer.Outstanding);
    }

    private static IEnumerable<string> Chunks(RunManifest manifest) => manifest.Blobs.Where(blob => blob.Kind == "losses").Select(blob => blob.Name);

    private static Message Snapshot(int tile, ulong step) => new()
    {
        Kind = MessageKind.Snapshotted,
        Tile = new TileId(tile),
        Term = new Term(5),
        Step = new StepId(step),
        Hash = BlobHash.Of([(byte)tile, (byte)step]),
    };

    /// <summary>A whole checkpoint, with a store that takes everything.</summary>
    private RunManifest Store(int step, float[] losses)
    {
        _outbox.Clear();
        _checkpointer.Expect(new Term(5), new StepId((ulong)step));
        _checkpointer.AddOwn(losses.AsSpan(0, step), _outbox);
        var outcome = CheckpointOutcome.Pending;
        for (var tile = 0; tile < Plan.Tiles.Count; tile++)
        {
            outcome = _checkpointer.Accept(Snapshot(tile, (ulong)step), _runner.Requests, _outbox);
        }

        for (var i = 0; i < _outbox.Count && outcome == CheckpointOutcome.Pending; i++)
        {
            var request = _outbox[i];
            outcome = request.Kind switch
            {
                MessageKind.PutBlob => Accept(request with { Kind = MessageKind.BlobStored, Hash = BlobHash.Of(request.Blob) }),
                MessageKind.CommitManifest => Accept(request with { Kind = MessageKind.ManifestStored }),
                _ => outcome,
            };
        }

        Assert.Equal(CheckpointOutcome.Completed, outcome);
        return _checkpointer.Newest!;
    }

    private CheckpointOutcome Accept(in Message answer) => _checkpointer.Accept(answer, _runner.Requests, _outbox);
}
