using Tessera.Actors.Machines;
using Tessera.Actors.Simulation;
using Tessera.Actors.Tests.Simulation.Toys;
using Tessera.Actors.Tests.Support;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Simulation;

public class TileUnderSimulationTests
{
    private static readonly TimeSpan Span = TimeSpan.FromMilliseconds(30);

    [Fact]
    public void A_tile_trains_to_the_same_bits_whatever_goes_wrong()
    {
        using var calm = new ToyCluster(0, SimulationFaults.None);
        calm.Run();
        Assert.Equal(20, calm.World.Statistics.Commits);
        var expected = Final(calm);
        long restores = 0, redone = 0, scratchLosses = 0, torn = 0;
        for (var seed = 0UL; seed < 300; seed++)
        {
            using var cluster = new ToyCluster(seed, SimulationFaults.Draw(seed, Span));
            cluster.Run();
            Assert.Equal(expected, Final(cluster));
            restores += cluster.World.Statistics.Restores;
            redone += cluster.World.Statistics.Commits - 20;
            scratchLosses += cluster.World.Statistics.ScratchLosses;
            torn += cluster.World.Statistics.ServiceTroubles;
        }

        Assert.True(restores > 50 && redone > 50 && scratchLosses > 50 && torn > 50, $"{restores} {redone} {scratchLosses} {torn}");
    }

    [Fact]
    public void A_seed_of_a_real_tile_replays_exactly()
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            using var one = new ToyCluster(seed, SimulationFaults.Draw(seed, Span));
            using var other = new ToyCluster(seed, SimulationFaults.Draw(seed, Span));
            one.Run();
            other.Run();
            Assert.Equal(one.World.Digest, other.World.Digest);
            Assert.Equal(one.World.Trace, other.World.Trace);
        }
    }

    [Fact]
    public void Repeated_commits_take_effect_once()
    {
        using var cluster = new ToyCluster(1, SimulationFaults.None with { DuplicateChance = SimulationRandom.Certain });
        cluster.Run();
        Assert.Equal(20, cluster.World.Statistics.Commits);
        Assert.True(cluster.World.Statistics.Duplicated > 100);
    }

    [Fact]
    public void A_repeat_that_takes_effect_is_found() => Assert.Equal(
        SimulationInvariant.OnceOnly,
        Violation(world => new RepeatingTile(ToyCluster.Tile(world)), SimulationFaults.None with { DropChance = 200_000 }));

    [Fact]
    public void A_copy_of_another_state_is_found_when_it_is_restored() => Assert.Equal(
        SimulationInvariant.SameState, Violation(world => new MiscopyingTile(ToyCluster.Tile(world)), Crashes));

    [Fact]
    public void A_step_that_gives_other_bits_when_it_is_done_again_is_found()
    {
        var salt = 1u;
        Assert.Equal(
            SimulationInvariant.SameState,
            Violation(world => new TileMachine(ToyCluster.Description, ToyCluster.Tile(world, salt++)), Crashes));
    }

    private static SimulationFaults Crashes => SimulationFaults.None with { CrashPeriod = Span / 4, DowntimeMax = Span / 4, FaultsMax = 10 };

    private static BlobHash Final(ToyCluster cluster)
    {
        Assert.Equal(20UL, cluster.World.Store.Newest!.Step);
        return cluster.World.Store.Newest.Blobs[0].Hash;
    }

    private static SimulationInvariant Violation(Func<SimulatedWorld, TileMachine> build, SimulationFaults faults)
    {
        for (var seed = 0UL; seed < 50; seed++)
        {
            using var cluster = new ToyCluster(seed, faults, build);
            try
            {
                cluster.Run();
            }
            catch (SimulationViolationException error)
            {
                return error.Violation.Invariant;
            }
        }

        throw new InvalidOperationException("No seed showed the planted defect.");
    }

    /// <summary>Commits a step again when it is asked again.</summary>
    private sealed class RepeatingTile(ITile tile) : TileMachine(ToyCluster.Description, tile)
    {
        protected override CommitVerdict Judge(StepId step) =>
            base.Judge(step) == CommitVerdict.Repeat ? CommitVerdict.Next : base.Judge(step);
    }

    /// <summary>Stores the weights of another tile.</summary>
    private sealed class MiscopyingTile(ITile tile) : TileMachine(ToyCluster.Description, tile)
    {
        protected override byte[] CopyState()
        {
            base.CopyState();
            return TileSnapshot.Write(ToyCluster.Description, new PerfectTile(new TileShape(2, 3)), Step, 1);
        }
    }
}
