using Tessera.Actors.Edges;
using Tessera.Actors.Machines;
using Tessera.Coordination.Plan;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>Builds the physics of a tile.</summary>
/// <param name="physics">Configuration.</param>
/// <param name="shape">Logical size.</param>
/// <param name="identity">Who draws.</param>
public delegate ITile TileConstructor(RpuConfig physics, TileShape shape, TileIdentity identity);

/// <summary>
/// The actors of one run behind a local edge: a machine for each tile and one for all digital stages. Talks to them in whole requests: train a
/// mini-batch, evaluate a chunk, settle, snapshot.
/// </summary>
internal sealed class RunEngine : IDisposable
{
    private const int TileMailboxCapacity = 8;
    private readonly NetworkPlan _plan;
    private readonly LocalEdge _edge;
    private readonly TileMachine[] _tiles;

    /// <summary>Builds machines and sets initial weights.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="settings">Sizes, seed and threads.</param>
    /// <param name="construct">Builds tiles.</param>
    public RunEngine(NetworkPlan plan, RunEngineSettings settings, TileConstructor construct)
    {
        _plan = plan;
        Coordinator = new CoordinatorMachine(plan, settings.Seed, settings.BatchMax, settings.MicroBatch, settings.EvaluationMax);
        _edge = new LocalEdge(settings.Threads);
        _tiles = [.. plan.Tiles.Select(tile => Host(tile, settings, construct))];
        _edge.AddStages(plan.Stages.Select(stage => stage.Id), Coordinator, CoordinatorMachine.MailboxCapacity(plan));
        foreach (var tile in _tiles)
        {
            _edge.AddTile(tile.Id, tile, TileMailboxCapacity);
        }

        _edge.Start();
        SetInitialWeights(settings.Seed);
    }

    /// <summary>The machine of the digital stages; touch its state only when all is settled.</summary>
    public CoordinatorMachine Coordinator { get; }

    /// <summary>Mini-batches trained.</summary>
    public StepId Step { get; private set; } = StepId.Construction;

    /// <summary>Trains one mini-batch; its commits may still be running when this returns.</summary>
    /// <returns>Mean loss.</returns>
    /// <exception cref="TrainingException">Loss, an output or a gradient is no number.</exception>
    public float Train(SampleBatch samples, float learningRate)
    {
        _edge.Post(new Message
        {
            Kind = MessageKind.TrainStep,
            ReplyTo = new EdgeId(StageId.Input, 0),
            Term = Term.First,
            Step = Step.Next,
            Scalar = learningRate,
            Samples = samples,
        });
        var answer = Expect(MessageKind.StepDone);
        Step = answer.Step;
        return answer.Scalar;
    }

    /// <summary>Samples of a chunk that are classified correctly.</summary>
    /// <param name="samples">The chunk.</param>
    /// <param name="first">Index of its first sample in the test set.</param>
    public int Evaluate(SampleBatch samples, int first)
    {
        _edge.Post(new Message
        {
            Kind = MessageKind.Evaluate,
            ReplyTo = new EdgeId(StageId.Input, 0),
            Term = Term.First,
            Step = Step,
            Vectors = new VectorRange(first, samples.Count),
            Samples = samples,
        });
        return Expect(MessageKind.Evaluated).Vectors.Count;
    }

    /// <summary>Waits until every commit has been confirmed.</summary>
    public void Settle()
    {
        _edge.Post(new Message { Kind = MessageKind.Settle, ReplyTo = new EdgeId(StageId.Input, 0), Term = Term.First, Step = Step });
        Expect(MessageKind.Settled);
    }

    /// <summary>The state of a tile as a blob.</summary>
    public byte[] Snapshot(TilePlan tile)
    {
        Ask(new Message { Kind = MessageKind.Snapshot, Tile = tile.Id, ReplyTo = EdgeId.Client, Term = Term.First, Step = Step });
        return Expect(MessageKind.Snapshotted).Blob!;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _edge.Dispose();
        foreach (var tile in _tiles)
        {
            tile.Dispose();
        }

        Coordinator.Dispose();
    }

    private TileMachine Host(TilePlan tile, RunEngineSettings settings, TileConstructor construct)
    {
        var description = new TileDescription
        {
            Id = tile.Id,
            Name = tile.Name,
            ConfigurationHash = settings.ConfigurationHash,
            BatchMax = settings.BatchMax,
            EvaluationMax = settings.EvaluationMax,
        };
        var shape = new TileShape(tile.OutSize, tile.InSize, tile.AnalogBias);
        return new TileMachine(description, construct(_plan.PhysicsOf(tile), shape, new TileIdentity(settings.Seed, (uint)tile.Id.Index)));
    }

    private void SetInitialWeights(ulong seed)
    {
        foreach (var tile in _plan.Tiles)
        {
            Ask(new Message
            {
                Kind = MessageKind.SetWeights,
                Tile = tile.Id,
                ReplyTo = EdgeId.Client,
                Term = Term.First,
                Payload = InitialWeights.Of(_plan, tile, seed),
            });
            Expect(MessageKind.Applied);
        }

        foreach (var stage in _plan.Stages)
        {
            if (stage.DigitalBias)
            {
                InitialWeights.Bias(stage, seed).CopyTo(Coordinator.TileStageOf(stage.Id).Bias);
            }
        }
    }

    private void Ask(in Message message) => _edge.Post(message);

    private Message Expect(MessageKind kind)
    {
        var answer = _edge.Receive();
        return answer.Kind == kind
            ? answer
            : throw new TrainingException(answer.Detail ?? $"Expected {kind}, got {answer.Kind} of {answer.Tile} at {answer.Step}.");
    }
}

/// <summary>Sizes, seed and threads of the actors of a run.</summary>
internal sealed record RunEngineSettings
{
    /// <summary>Seed of the run.</summary>
    public required ulong Seed { get; init; }

    /// <summary>SHA-256 of the configuration.</summary>
    public required string ConfigurationHash { get; init; }

    /// <summary>Most samples of a mini-batch.</summary>
    public required int BatchMax { get; init; }

    /// <summary>Samples of a scheduling unit.</summary>
    public required int MicroBatch { get; init; }

    /// <summary>Most samples of an evaluation chunk.</summary>
    public required int EvaluationMax { get; init; }

    /// <summary>Threads, the caller included.</summary>
    public required int Threads { get; init; }
}
