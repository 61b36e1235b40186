using Tessera.Actors.Machines;
using Tessera.Actors.Simulation;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Simulation;
using Tessera.Coordination.Training;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;
using Xunit.Abstractions;

namespace Tessera.Coordination.Tests.Simulation;

/// <summary>Defects that somebody could make, each seen within a hundred seeds: otherwise the seeds that hold would say little.</summary>
public class PlantedBugTests(ITestOutputHelper output)
{
    private const ulong Seeds = 100;

    [Fact]
    public void A_commit_that_takes_effect_again_when_it_is_repeated_is_found() => RequireFound(
        new ScenarioParts { CreateTile = static (description, tile) => new ForgetfulTile(description, tile) },
        SimulationInvariant.OnceOnly);

    [Fact]
    public void Tiles_and_nodes_that_serve_older_terms_are_found() => RequireFound(
        new ScenarioParts
        {
            CreateTile = static (description, tile) => new CredulousTile(description, tile),
            CreateNode = static build => new CredulousNode(new NodeMachine(build, awaitsLease: true)),
        },
        SimulationInvariant.NoOlderTerm);

    [Fact]
    public void A_manifest_that_does_not_wait_for_its_last_blob_is_found() => RequireFound(
        new ScenarioParts { CreateCheckpointer = static (plan, hash, stages, tickets) => new HastyCheckpointer(plan, hash, stages, tickets) },
        SimulationInvariant.CompleteManifest);

    [Fact]
    public void A_copy_that_later_commits_overwrite_is_found() => RequireFound(
        new ScenarioParts { CreateTile = static (description, tile) => new AliasingTile(description, tile) },
        SimulationInvariant.SameState);

    private void RequireFound(ScenarioParts parts, SimulationInvariant expected)
    {
        var (found, first, others) = (0, ulong.MaxValue, new SortedDictionary<string, int>(StringComparer.Ordinal));
        SimulationViolation? violation = null;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            try
            {
                new TrainingScenario(seed, parts).Run();
                continue;
            }
            catch (SimulationViolationException error)
            {
                var text = error.Violation.Invariant.ToString();
                others[text] = others.GetValueOrDefault(text) + 1;
                if (error.Violation.Invariant == expected)
                {
                    found++;
                    violation ??= error.Violation;
                    first = Math.Min(first, seed);
                }
            }
        }

        var all = string.Join(", ", others.Select(entry => $"{entry.Key} {entry.Value}"));
        output.WriteLine($"{expected} in {found} of {Seeds} seeds, first in seed {first}: {violation}. All violations: {all}.");
        Assert.True(found > 0, $"No seed below {Seeds} saw {expected}; seen: {all}.");
    }

    /// <summary>Takes a repeated commit for the next one.</summary>
    private sealed class ForgetfulTile(TileDescription description, ITile tile) : TileMachine(description, tile)
    {
        protected override CommitVerdict Judge(StepId step) =>
            base.Judge(step) is var verdict && verdict == CommitVerdict.Repeat ? CommitVerdict.Next : verdict;
    }

    /// <summary>Knows no older term.</summary>
    private sealed class CredulousTile(TileDescription description, ITile tile) : TileMachine(description, tile)
    {
        protected override bool IsOlder(Term term) => false;
    }

    /// <summary>Lets requests of older terms through to its tiles: a node checks before them, so that a tile alone would never meet one.</summary>
    private sealed class CredulousNode(NodeMachine node) : IMachine
    {
        public void Handle(TimeSpan now, in Message message, Outbox outbox)
        {
            if (message.To == Recipient.Tile && message.Term.CompareTo(node.Term) < 0 && node.Tiles.Contains(message.Tile))
            {
                outbox.Send(message);
            }
            else if (message is { To: Recipient.Node, Kind: MessageKind.Commit } && message.Term.CompareTo(node.Term) < 0)
            {
                foreach (var tile in node.Tiles)
                {
                    outbox.Send(message with { To = Recipient.Tile, Tile = tile });
                }
            }
            else
            {
                node.Handle(now, message, outbox);
            }
        }
    }

    /// <summary>Takes its own blobs for stored as soon as they are sent.</summary>
    private sealed class HastyCheckpointer(NetworkPlan plan, string configurationHash, IEnumerable<IStageExecutor> stages, Tickets tickets)
        : Checkpointer(plan, configurationHash, stages, tickets)
    {
        protected override void Put(OwnBlob own, Outbox outbox)
        {
            base.Put(own, outbox);
            own.Hash = BlobHash.Of(own.Bytes);
        }
    }

    /// <summary>Hands out a copy of its state that the commits after it write into.</summary>
    private sealed class AliasingTile : TileMachine
    {
        private byte[] _copy = [];

        public AliasingTile(TileDescription description, ITile tile)
            : this(description, new ListenedTile(tile))
        {
        }

        private AliasingTile(TileDescription description, ListenedTile tile)
            : base(description, tile) => tile.Committed = Overwrite;

        protected override byte[] CopyState() => _copy = base.CopyState();

        private void Overwrite()
        {
            if (_copy.Length > 0)
            {
                var length = SafetensorsFile.Parse(_copy, "copy").Arrays.Sum(array => array.Bytes.Length);
                base.CopyState().AsSpan()[^length..].CopyTo(_copy.AsSpan()[^length..]);
            }
        }
    }

    /// <summary>Says when a commit took effect.</summary>
    private sealed class ListenedTile(ITile tile) : ITile
    {
        public Action Committed { get; set; } = static () => { };

        public TileShape Shape => tile.Shape;

        public bool NeedsBackward => tile.NeedsBackward;

        public void Forward(in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch) => tile.Forward(at, x, y, batch);

        public void Backward(in ReadAddress at, ReadOnlySpan<float> d, Span<float> x, int batch) => tile.Backward(at, d, x, batch);

        public void Commit(ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
        {
            tile.Commit(step, learningRate, x, d, batch);
            Committed();
        }

        public void SetWeights(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias) => tile.SetWeights(weights, bias);

        public void VisitState(ITileStateVisitor visitor) => tile.VisitState(visitor);

        public TileMemory EstimateMemory(int batch) => tile.EstimateMemory(batch);

        public void Dispose() => tile.Dispose();
    }
}
