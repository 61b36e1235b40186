using Tessera.Actors.Machines;
using Tessera.Actors.Simulation;
using Tessera.Actors.Tests.Simulation.Toys;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Simulation;

public class SimulationInvariantsTests
{
    private static readonly byte[] One = ToyService.Blob(1, 1f);
    private static readonly byte[] Two = ToyService.Blob(2, 2f);

    [Fact]
    public void I1_two_writers_of_a_tile_in_a_term_are_found()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None);
        var host = Host(world, tile => new CredulousTile(tile));
        var one = world.AddProcess("one", _ => { });
        var other = world.AddProcess("other", _ => { });
        Send(world, one, host, Apply(1));
        Send(world, one, host, Commit(1, 1));
        Assert.Equal(SimulationInvariant.OneWriter, Violation(() => Send(world, other, host, Commit(1, 2))));
    }

    [Fact]
    public void I2_a_step_that_is_left_out_is_found()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None);
        var host = Host(world, tile => new CredulousTile(tile));
        Send(world, host, host, Apply(1));
        Send(world, host, host, Commit(1, 1));
        Assert.Equal(SimulationInvariant.StepsByOne, Violation(() => Send(world, host, host, Commit(1, 3))));
    }

    [Fact]
    public void I3_manifests_that_lack_a_blob_mix_steps_or_name_rubbish_are_found()
    {
        var rubbish = new byte[] { 1, 2, 3 };
        Assert.Equal(SimulationInvariant.CompleteManifest, Commit(ToyService.Manifest(1, 1, One), One));
        Assert.Equal(SimulationInvariant.CompleteManifest, Commit(ToyService.Manifest(1, 1, One, Two), One, Two));
        Assert.Equal(SimulationInvariant.CompleteManifest, Commit(ToyService.Manifest(1, 1, One, rubbish), One, rubbish));
        Assert.Null(Commit(ToyService.Manifest(1, 1, One, ToyService.Blob(1, 3f)), One, ToyService.Blob(1, 3f)));
    }

    [Fact]
    public void I3_a_manifest_that_goes_back_or_whose_blob_is_not_there_is_found()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None);
        world.Invariants.ManifestAccepted(ToyService.Manifest(1, 1, One));
        Assert.Equal(SimulationInvariant.CompleteManifest, Violation(() => world.RunUntil(() => false, TimeSpan.FromSeconds(1))));

        using var service = new ToyService();
        service.AskPut(One);
        service.AskPut(Two);
        service.AskCommit(ToyService.Manifest(1, 2, Two));
        service.World.Invariants.ManifestAccepted(ToyService.Manifest(1, 1, One));
        Assert.Equal(SimulationInvariant.CompleteManifest, Violation(() => service.AskPut(One)));
    }

    [Fact]
    public void I7_an_effect_of_an_older_term_is_found()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None);
        var host = Host(world, tile => new CredulousTile(tile));
        Send(world, host, host, Apply(2));
        Assert.Equal(SimulationInvariant.NoOlderTerm, Violation(() => Send(world, host, host, Commit(1, 1))));
    }

    [Fact]
    public void I7_a_term_that_is_granted_twice_and_a_manifest_of_an_older_one_are_found()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None);
        world.Invariants.TermGranted(new Term(2), new PeerId(1));
        world.Invariants.TermGranted(new Term(2), new PeerId(2));
        Assert.Equal(SimulationInvariant.NoOlderTerm, Violation(() => world.RunUntil(() => false, TimeSpan.FromSeconds(1))));

        using var other = new SimulatedWorld(1, SimulationFaults.None);
        other.Invariants.TermGranted(new Term(2), new PeerId(1));
        other.Invariants.ManifestAccepted(ToyService.Manifest(1, 1));
        Assert.Equal(SimulationInvariant.NoOlderTerm, Violation(() => other.RunUntil(() => false, TimeSpan.FromSeconds(1))));
    }

    [Fact]
    public void I10_a_restore_from_bytes_that_are_not_those_of_the_hash_is_found()
    {
        using var world = new SimulatedWorld(1, SimulationFaults.None);
        byte[] stored = [];
        var host = Host(world, tile => new TileMachine(ToyCluster.Description, tile), new CallbackMachine(Answer));
        Send(world, host, host, Apply(1));
        Send(world, host, host, new Message { Kind = MessageKind.Snapshot, Term = new Term(1), Operation = 1 });
        var good = BlobHash.Of(stored);
        stored = (byte[])stored.Clone();
        stored[^1] ^= 1;
        world.Crash(host, TimeSpan.Zero);
        world.RunFor(TimeSpan.FromMilliseconds(1));
        var restore = new Message { Kind = MessageKind.Restore, Term = new Term(2), Hash = good };
        Assert.Equal(SimulationInvariant.NoSilentFallback, Violation(() => Send(world, host, host, restore)));

        void Answer(TimeSpan now, Message message, Outbox outbox)
        {
            if (message.Kind == MessageKind.PutBlob)
            {
                stored = message.Blob!;
            }
            else if (message.Kind == MessageKind.GetBlob)
            {
                outbox.Send(message with { Kind = MessageKind.BlobRead, To = Recipient.Tile, Blob = stored });
            }
        }
    }

    [Fact]
    public void What_the_scenario_reports_ends_the_run_with_its_text()
    {
        using var pair = new ToyPair(1, SimulationFaults.None);
        pair.World.ClientMessage += (_, _) => pair.World.Invariants.Report(SimulationInvariant.SameResult, "the final hash differs");
        var error = Assert.Throws<SimulationViolationException>(pair.Run);
        Assert.Equal(SimulationInvariant.SameResult, error.Violation.Invariant);
        Assert.Contains("I4 (SameResult)", error.Message);
        Assert.Contains("seed 1: the final hash differs", error.Message);
    }

    private static SimulationInvariant? Commit(RunManifest manifest, params byte[][] blobs)
    {
        using var service = new ToyService();
        service.World.Invariants.ExpectManifest([("tile", "T0"), ("tile", "T1")]);
        foreach (var blob in blobs)
        {
            service.AskPut(blob);
        }

        try
        {
            Assert.Equal(MessageKind.ManifestStored, service.AskCommit(manifest).Kind);
            return null;
        }
        catch (SimulationViolationException error)
        {
            return error.Violation.Invariant;
        }
    }

    private static SimulatedProcess Host(SimulatedWorld world, Func<ITile, TileMachine> build, IMachine? store = null) =>
        world.AddProcess("host", setup =>
        {
            setup.AddTile(new TileId(0), build(ToyCluster.Tile(world)));
            setup.Add(Recipient.Coordinator, new CallbackMachine((_, _, _) => { }), 8);
            setup.Add(Recipient.StoreClient, store ?? new ToyStoreClient(), 8);
        });

    private static Message Apply(ulong term) => new()
    {
        Kind = MessageKind.Apply,
        Term = new Term(term),
        Operation = 1,
        Payload = new Tensor(new float[6], 0, 2, 3, 3),
    };

    private static Message Commit(ulong term, ulong step) => new() { Kind = MessageKind.Commit, Term = new Term(term), Step = new StepId(step) };

    private static void Send(SimulatedWorld world, SimulatedProcess from, SimulatedProcess to, in Message message)
    {
        world.Post(from, message with { To = Recipient.Tile, Tile = new TileId(0), Peer = to.Peer });
        world.RunFor(TimeSpan.FromMilliseconds(5));
    }

    private static SimulationInvariant Violation(Action run) => Assert.Throws<SimulationViolationException>(run).Violation.Invariant;

    /// <summary>Commits whatever it is asked to, in any term.</summary>
    private sealed class CredulousTile(ITile tile) : TileMachine(ToyCluster.Description, tile)
    {
        protected override CommitVerdict Judge(StepId step) => CommitVerdict.Next;

        protected override bool IsOlder(Term term) => false;
    }
}
