using Tessera.Actors.Machines;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Machines;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Tests.Machines;

/// <summary>Two digital biases and the losses, brought back to a checkpoint.</summary>
public sealed class OwnStateTests : IDisposable
{
    private const int Step = LossChunks.Size + 3; // two chunks
    private static readonly NetworkPlan Plan = PlanBuilder.Build(Networks.Mlp());
    private static readonly string Configuration = BlobHash.Of([1]).Hex;
    private readonly StepRunner _runner = new(Plan, 1, 4, 4, 4);
    private readonly RunProgress _progress = new(1, new TrainingConfig { Epochs = 100_000 }, TinySamples.Pair(40, 1, 2, 2).Train, 4);
    private readonly OwnState _own;
    private readonly Outbox _outbox = new();
    private readonly List<OwnBlob> _blobs = [];
    private readonly RunManifest _manifest;

    public OwnStateTests()
    {
        SetBiases(1f);
        _own = new OwnState(Configuration, _runner.StatefulStages, new Tickets());
        SetBiases(2f);
        var snapshot = new StageSnapshot(Configuration);
        var losses = Enumerable.Range(0, Step).Select(i => (float)i).ToArray();
        foreach (var stage in _runner.StatefulStages)
        {
            Add(ManifestBlob.StageKind, stage.Plan.Name, snapshot.OfStage(stage.Plan.Name, new((ulong)Step), stage.VisitState));
        }

        Add(ManifestBlob.LossesKind, "losses/0", snapshot.OfLosses(0, losses));
        Add(ManifestBlob.LossesKind, "losses/1", snapshot.OfLosses(1, losses));
        _manifest = new RunManifest
        {
            NumericsVersion = NumericsVersion.Current,
            ConfigurationHash = Configuration,
            Step = Step,
            Term = 1,
            Blobs = [.. _blobs.Select(blob => new ManifestBlob(blob.Kind, blob.Name, blob.Hash!.Value))],
        };
        SetBiases(3f);
    }

    public void Dispose() => _runner.Dispose();

    [Fact]
    public void Without_a_checkpoint_everything_is_as_constructed_at_once()
    {
        _progress.Load([1f, 2f]);
        Begin(null, []);

        Assert.True(_own.IsComplete);
        Assert.Equal(0, _outbox.Count);
        Assert.Equal([1f, 1f], Biases());
        Assert.Equal(0ul, _progress.Step.Value);
    }

    [Fact]
    public void A_new_coordinator_reads_everything_in_whatever_order_it_comes()
    {
        Begin(_manifest, []);
        Assert.Equal(4, _outbox.Count);
        for (var i = 3; i >= 0; i--)
        {
            Assert.False(_own.IsComplete);
            Assert.True(_own.IsWanted(_outbox[i].Operation));
            Answer(_outbox[i]);
        }

        Assert.True(_own.IsComplete);
        Assert.Equal([2f, 2f], Biases());
        Assert.Equal((ulong)Step, _progress.Step.Value);
        Assert.Equal(Step - 1, _progress.Losses[^1]);
    }

    [Fact]
    public void What_was_written_here_is_not_read_again()
    {
        _progress.Load(new float[Step + 5]);
        Begin(_manifest, _blobs);

        Assert.True(_own.IsComplete);
        Assert.Equal([2f, 2f], Biases());
        Assert.Equal((ulong)Step, _progress.Step.Value);
    }

    [Fact]
    public void What_has_not_come_is_asked_for_again()
    {
        Begin(_manifest, []);
        Answer(_outbox[1]);
        var left = new[] { _outbox[0].Hash, _outbox[2].Hash, _outbox[3].Hash };
        _outbox.Clear();

        _own.Repeat(Request, _outbox);

        Assert.Equal(left.Select(hash => hash.Hex).Order(), Enumerable.Range(0, _outbox.Count).Select(i => _outbox[i].Hash.Hex).Order());
    }

    [Fact]
    public void A_blob_of_something_else_is_refused()
    {
        Begin(_manifest, []);

        Assert.Throws<SnapshotFormatException>(() => _own.Accept(_outbox[0] with { Kind = MessageKind.BlobRead, Blob = _blobs[1].Bytes }, _progress));
    }

    [Fact]
    public void Losses_that_are_not_one_a_step_are_refused()
    {
        var shorter = new StageSnapshot(Configuration).OfLosses(1, new float[LossChunks.Size + 2]);
        Begin(_manifest, []);
        Answer(_outbox[0]);
        Answer(_outbox[1]);
        Answer(_outbox[2]);

        var error = Assert.Throws<SnapshotFormatException>(
            () => _own.Accept(_outbox[3] with { Kind = MessageKind.BlobRead, Blob = shorter }, _progress));

        Assert.Contains($"{Step - 1} losses", error.Message, StringComparison.Ordinal);
    }

    private static Message Request(MessageKind kind, ulong ticket) => new() { Kind = kind, To = Recipient.StoreClient, Operation = ticket };

    private void Begin(RunManifest? target, IReadOnlyList<OwnBlob> written) => _own.Begin(target, written, _progress, Request, _outbox);

    private void Answer(in Message request)
    {
        var hash = request.Hash;
        _own.Accept(request with { Kind = MessageKind.BlobRead, Blob = _blobs.Find(blob => blob.Hash == hash)!.Bytes }, _progress);
    }

    private void Add(string kind, string name, byte[] bytes) => _blobs.Add(new OwnBlob(kind, name, bytes, 0) { Hash = BlobHash.Of(bytes) });

    private void SetBiases(float value)
    {
        foreach (var stage in _runner.StatefulStages)
        {
            ((TileStage)stage).Bias.Fill(value);
        }
    }

    private float[] Biases() => [.. _runner.StatefulStages.Select(stage => ((TileStage)stage).Bias[0])];
}
