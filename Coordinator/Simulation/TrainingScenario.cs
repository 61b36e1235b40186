using System.Globalization;
using Tessera.Actors.Machines;
using Tessera.Actors.Simulation;
using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Machines;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Simulation;

/// <summary>
/// One simulated run: a small network trained by the real machines on several processes that crash, freeze, drain, join late and lose messages, all by
/// one seed. Invariants
/// are checked as it goes; in the end the state must have the hash of a run without faults, and every loss on the way its bits.
/// </summary>
internal sealed class TrainingScenario
{
    private const int Steps = 4; // reported ahead
    private const int ZombiesMax = 6;
    private const int DamagesMax = 3;
    private const long EventsMax = 2_000_000;
    private static readonly TimeSpan Span = TimeSpan.FromMilliseconds(1000); // about what a run takes when much goes wrong: the scale of faults
    private static readonly TimeSpan ZombieDelayMax = TimeSpan.FromMilliseconds(80);
    private static readonly TimeSpan MendAfter = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TimeAfterQuiet = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RepeatAfter = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan MoveAfter = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan MembersWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlannedSpan = TimeSpan.FromMilliseconds(150); // within which nodes join late, and one may drain without any fault
    private static readonly TimeSpan DrainTime = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromMilliseconds(200);
    private static readonly LeaseSettings Leases = new()
    {
        Duration = LeaseDuration,
        RenewEvery = TimeSpan.FromMilliseconds(50),
        RetryEvery = TimeSpan.FromMilliseconds(20),
    };

    private readonly ulong _seed;
    private readonly ScenarioParts _parts;
    private readonly ScenarioShape _shape;
    private readonly DataPair _data;
    private readonly NetworkPlan _plan;
    private readonly CoordinatorSettings _settings;
    private readonly SimulationFaults _faults;
    private ReferenceRun? _reference;
    private SimulatedWorld? _world;
    private long _openings;
    private long _stepsDone;
    private long _handOvers;
    private readonly TakeOvers _takeOvers = new();
    private bool _isFinished;
    private readonly SortedDictionary<string, CoordinatorMachine> _coordinators = new(StringComparer.Ordinal); // those of the newest incarnations
    private readonly List<CoordinatorMachine> _machines = []; // of all incarnations
    private readonly SimulationRandom _pace;

    /// <summary>Prepares the scenario of a seed.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="parts">The machines; null for the real ones.</param>
    /// <param name="change">Changes what the seed trains; null leaves it as it is.</param>
    public TrainingScenario(ulong seed, ScenarioParts? parts = null, Func<ScenarioShape, ScenarioShape>? change = null)
    {
        _seed = seed;
        _pace = new SimulationRandom(seed ^ 0x2545F4914F6CDD1D);
        _parts = parts ?? new ScenarioParts();
        _shape = change is null ? ScenarioShape.Draw(seed) : change(ScenarioShape.Draw(seed));
        var features = _shape.Experiment.Network.Layers[0].InFeatures;
        _data = new DataPair(new TinyData(_shape.TrainSamples, features), new TinyData(_shape.TestSamples, features));
        _plan = PlanBuilder.Build(_shape.Experiment);
        _settings = TrainingRun.Settings(_shape.Experiment, _data, new RunOptions()) with
        {
            EvaluationMax = _shape.EvaluationMax,
            RepeatAfter = RepeatAfter,
            MoveAfter = MoveAfter,
            MembersMin = _shape.MembersMin,
            MembersWait = MembersWait,
        };
        _faults = SimulationFaults.Draw(seed, Span);
    }

    /// <summary>What is trained, where.</summary>
    public ScenarioShape Shape => _shape;

    /// <summary>Runs to the end.</summary>
    /// <exception cref="SimulationViolationException">Something that always holds did not.</exception>
    public ScenarioReport Run()
    {
        _reference = ReferenceRun.Of(_shape.Experiment, _data);
        using var world = new SimulatedWorld(_seed, _faults, new SimulationSettings
        {
            MemberLease = LeaseDuration,
            CoordinatorLease = LeaseDuration,
            BackPressure = true,
        });
        _world = world;
        world.Invariants.ExpectManifest(ExpectedBlobs());
        world.ClientMessage += OnReport;
        for (var node = 0; node < _shape.Nodes - _shape.LateNodes; node++)
        {
            AddNode(world, node);
        }

        for (var coordinator = 0; coordinator < _shape.Coordinators; coordinator++)
        {
            world.AddProcess(string.Create(CultureInfo.InvariantCulture, $"coordinator-{coordinator}"), BuildCoordinator);
        }

        PlanMembers(world);
        PlanHandOver(world);
        PlanZombies(world);
        PlanDamage(world);
        world.At(_faults.QuietAfter + TimeAfterQuiet, () => world.Invariants.Report(SimulationInvariant.Liveness, $"not finished: {Describe()}"));
        world.RunUntil(() => _isFinished || IsLivelocked(world), TimeSpan.MaxValue);
        RequireResult(world);
        RequireNothingTwice(world);
        return new ScenarioReport(
            _seed,
            world.Now,
            world.Statistics,
            _machines.Sum(machine => machine.Status.Resumptions),
            _machines.Sum(machine => machine.Status.Moves),
            _handOvers,
            _takeOvers.Kept,
            _takeOvers.Moved,
            _openings,
            _stepsDone,
            _reference.Losses.Count,
            world.Digest);
    }

    private void AddNode(SimulatedWorld world, int node)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"node-{node}");
        var cores = 1 + (node % 3);
        world.AddProcess(name, setup => BuildNode(setup, name, cores));
    }

    /// <summary>Members that come and go as planned, in every run, whatever else goes wrong: nodes that join late, and in half of the runs one that drains.</summary>
    private void PlanMembers(SimulatedWorld world)
    {
        var draw = new SimulationRandom(_seed ^ 0x9FB21C651E98DF25);
        for (var node = _shape.Nodes - _shape.LateNodes; node < _shape.Nodes; node++)
        {
            var late = node;
            world.At(draw.Between(TimeSpan.Zero, PlannedSpan), () => AddNode(world, late));
        }

        if (draw.Below(2) == 0)
        {
            var first = world.Processes[0];
            world.At(draw.Between(TimeSpan.Zero, PlannedSpan), () => world.Drain(first, DrainTime, draw.Between(TimeSpan.Zero, DrainTime)));
        }
    }

    /// <summary>In a third of the runs whoever trains is told once to hand over to the other coordinator.</summary>
    private void PlanHandOver(SimulatedWorld world)
    {
        var draw = new SimulationRandom(_seed ^ 0xC2B2AE3D27D4EB4F);
        if (draw.Below(3) != 0)
        {
            return;
        }

        world.At(draw.Between(TimeSpan.Zero, PlannedSpan), () =>
        {
            foreach (var process in world.Processes)
            {
                if (_coordinators.TryGetValue(process.Name, out var machine) && machine.Status.Phase == CoordinatorPhase.Training)
                {
                    world.Post(process, ToCoordinator(MessageKind.HandOver));
                }
            }
        });
    }

    /// <summary>
    /// Freezes whoever leads for a little longer than its lease: it comes back while its successor does the same steps again, which is the hardest test of
    /// terms there is.
    /// </summary>
    private void PlanZombies(SimulatedWorld world)
    {
        var draw = new SimulationRandom(_seed ^ 0xD1B54A32D192ED03);
        for (var i = 0; i < ZombiesMax && _shape.Coordinators > 1 && _faults.QuietAfter > TimeSpan.Zero; i++)
        {
            var at = draw.Between(TimeSpan.Zero, _faults.QuietAfter);
            var time = LeaseDuration + draw.Between(TimeSpan.Zero, ZombieDelayMax);
            world.At(at, () =>
            {
                foreach (var process in world.Processes)
                {
                    if (!world.IsQuiet && process.IsAlive && !process.IsFrozen && process.Peer == world.Control.Leader)
                    {
                        world.Freeze(process, time);
                    }
                }
            });
        }
    }

    /// <summary>
    /// In a quarter of the runs with faults a bit of a tile's state is flipped in the newest checkpoint while another, intact one is kept, and the process that
    /// hosts the tile crashes: whoever gets it cannot read it.
    /// </summary>
    private void PlanDamage(SimulatedWorld world)
    {
        var draw = new SimulationRandom(_seed ^ 0x8CB92BA72F3D8DD7);
        if (draw.Below(4) != 0 || _faults.QuietAfter == TimeSpan.Zero)
        {
            return;
        }

        for (var i = 0; i < DamagesMax; i++)
        {
            var tile = _plan.Tiles[draw.Below(_plan.Tiles.Count)];
            var downtime = draw.Between(TimeSpan.Zero, DrainTime);
            world.At(draw.Between(TimeSpan.Zero, PlannedSpan + (PlannedSpan * i)), () => Damage(world, tile, downtime));
        }
    }

    private void Damage(SimulatedWorld world, TilePlan tile, TimeSpan downtime)
    {
        var kept = world.Store.Manifests;
        if (world.IsQuiet || kept.Count < 2 || kept[^1].Step == (ulong)_reference!.Losses.Count
            || kept.Any(manifest => manifest.Blobs.Any(blob => !world.Store.IsIntact(blob.Hash))))
        {
            return;
        }

        world.Store.Damage(kept[^1].Find(ManifestBlob.TileKind, tile.Name).Hash);
        if (world.Processes.FirstOrDefault(process => world.TilesOf(process).Contains(tile.Id)) is { } host)
        {
            world.Crash(host, downtime);
        }
    }

    private bool IsLivelocked(SimulatedWorld world)
    {
        if (world.Statistics.Events == EventsMax)
        {
            world.Invariants.Report(SimulationInvariant.Liveness, $"not finished after {EventsMax:N0} events: {Describe()}");
        }

        return false;
    }

    private string Describe() => string.Join("; ", _coordinators.Select(entry => $"{entry.Key} is {entry.Value}"));

    private void BuildNode(ProcessSetup setup, string name, int cores)
    {
        var world = _world!;
        var builder = new TileBuilder();
        setup.Add(
            Recipient.Node,
            _parts.CreateNode((run, stage, tile) => _parts.CreateTile(
                TileBuilder.Describe(run, tile), world.Observe(tile.Id, builder.Construct(run, stage, tile)))),
            MailboxCapacity);
        setup.Add(Recipient.StoreClient, new StoreClientMachine(StoreSettings), MailboxCapacity);
        setup.Add(Recipient.ControlClient, new ControlClientMachine(new Member(setup.Peer, name, cores, 0), Leases), MailboxCapacity);
        setup.Post(new Message { Kind = MessageKind.Start, To = Recipient.ControlClient, Tile = TileId.None });
    }

    private void BuildCoordinator(ProcessSetup setup)
    {
        var coordinator = new CoordinatorMachine(_shape.Experiment, _plan, _data, _settings, _parts.CreateCheckpointer);
        _coordinators[setup.Process.Name] = coordinator;
        _machines.Add(coordinator);
        setup.Add(Recipient.Coordinator, coordinator, MailboxCapacity);
        setup.Add(Recipient.StoreClient, new StoreClientMachine(StoreSettings), MailboxCapacity);
        setup.Add(Recipient.ControlClient, new ControlClientMachine(new Member(setup.Peer, setup.Process.Name, 1, 0), Leases), MailboxCapacity);
        setup.Post(ToCoordinator(MessageKind.Start));
    }

    private static int MailboxCapacity => 512;

    private static StoreClientSettings StoreSettings { get; } = new()
    {
        TimeLimit = TimeSpan.FromMilliseconds(50),
        RetryDelayMin = TimeSpan.FromMilliseconds(2),
        RetryDelayMax = TimeSpan.FromMilliseconds(40),
        Attempts = 6,
        OutstandingMax = 8,
    };

    private static Message ToCoordinator(MessageKind kind) =>
        new() { Kind = kind, To = Recipient.Coordinator, Tile = TileId.None, Operation = kind == MessageKind.Start ? Steps : 1ul };

    /// <summary>What somebody who watches a run would do: let it go on, and start it again when the store was mended.</summary>
    private void OnReport(SimulatedProcess process, Message report)
    {
        var world = _world!;
        switch (report.Kind)
        {
            case MessageKind.Opened:
                _openings++;
                _takeOvers.Add(process.Name, _coordinators[process.Name].Status);
                break;
            case MessageKind.StepDone:
                _stepsDone++;
                RequireLoss(report);
                world.At(world.Now + _pace.Between(TimeSpan.Zero, _shape.PaceMax), () => world.Post(process, ToCoordinator(MessageKind.Continue)));
                break;
            case MessageKind.SteppedDown when _coordinators[process.Name].Status.Phase == CoordinatorPhase.Idle:
                _handOvers++;
                world.At(world.Now + MendAfter, () => world.Post(process, ToCoordinator(MessageKind.Start)));
                break;
            case MessageKind.Failed when world.IsQuiet && !HasTrouble(report):
                world.Invariants.Report(SimulationInvariant.Liveness, $"{process} gave up although nothing is wrong any more: {report.Detail}");
                break;
            case MessageKind.Failed:
                world.At(world.Now + MendAfter, () => world.Post(process, ToCoordinator(MessageKind.Start)));
                break;
            case MessageKind.Finished:
                _isFinished = true;
                break;
        }
    }

    /// <summary>A report that was sent when faults had just ended may still be about them.</summary>
    private bool HasTrouble(in Message report) => _world!.Now < _faults.QuietAfter + TimeSpan.FromSeconds(1) && report.Detail is not null;

    private void RequireLoss(in Message report)
    {
        var expected = _reference!.Losses[(int)report.Step.Value - 1];
        _world!.Invariants.Require(
            BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(report.Scalar),
            SimulationInvariant.SameOrder,
            $"the loss of {report.Step} in {report.Term} is {report.Scalar:R}, without faults it is {expected:R}");
    }

    private void RequireResult(SimulatedWorld world)
    {
        var manifest = world.Store.Newest;
        var hash = manifest is null ? "nothing" : RunVerifier.ComputeHash(new SimulatedBlobs(world), manifest);
        if (hash != _reference!.Hash)
        {
            throw new SimulationViolationException(
                new SimulationViolation(
                    SimulationInvariant.SameResult, _seed, world.Now, $"the final state has hash {hash}, without faults it has {_reference.Hash}"),
                world.Trace);
        }
    }

    /// <summary>
    /// Without faults nothing is done twice, though tiles move. Where messages overtake each other the watch must help, and now and then begins a new term.
    /// </summary>
    private void RequireNothingTwice(SimulatedWorld world)
    {
        if (_faults.QuietAfter == TimeSpan.Zero && _faults.Ordered && _stepsDone != _reference!.Losses.Count)
        {
            throw new SimulationViolationException(
                new SimulationViolation(
                    SimulationInvariant.OnceOnly, _seed, world.Now, $"{_stepsDone} steps were done for {_reference.Losses.Count}, though nothing went wrong"),
                world.Trace);
        }
    }

    private List<(string Kind, string Name)> ExpectedBlobs()
    {
        var blobs = _plan.Tiles.Select(tile => (ManifestBlob.TileKind, tile.Name)).ToList();
        using var runner = new StepRunner(_plan, _shape.Experiment.Seed, 1, 1, 1);
        blobs.AddRange(runner.StatefulStages.Select(stage => (ManifestBlob.StageKind, stage.Plan.Name)));
        blobs.Add((ManifestBlob.LossesKind, LossChunks.NameOf(0)));
        return blobs;
    }

    private sealed class SimulatedBlobs(SimulatedWorld world) : IBlobStore
    {
        public BlobHash Put(ReadOnlyMemory<byte> bytes, Term? writer = null) => throw new NotSupportedException("Only the machines of a simulated run write to its store.");

        public IReadOnlyList<BlobHash> Put(IReadOnlyList<ReadOnlyMemory<byte>> blobs, Term? writer = null) => [.. blobs.Select(blob => Put(blob, writer))];

        public byte[] Get(BlobHash hash) => world.Store.IsIntact(hash)
            ? world.Store.Read(hash)!
            : throw new StoreException(Refusal.Damaged, $"Blob {hash} of the simulated store is missing or damaged.");
    }
}
