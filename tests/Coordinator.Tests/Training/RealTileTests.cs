using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;
using Tessera.Kernels.Configuration;

namespace Tessera.Coordination.Tests.Training;

/// <summary>Whole runs on the tiles of the simulator, with all the noise on.</summary>
public class RealTileTests
{
    private static readonly DataPair Data = TinySamples.Pair(45, 150, Networks.Features, Networks.Classes);

    public static TheoryData<string, int, int> Cases()
    {
        var cases = new TheoryData<string, int, int>();
        foreach (var physics in new[] { "FloatingPoint", "ConstantStep", "LinearStep", "SoftBounds", "Ideal" })
        {
            cases.Add(physics, 1, 3);
            cases.Add(physics, 2, 10);
            cases.Add(physics, 8, 1);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Threads_and_micro_batches_change_no_bit(string physics, int threads, int micro) =>
        Assert.Equal(Train(physics, 1, 10), Train(physics, threads, micro));

    [Fact]
    public void Perfect_analog_tiles_follow_the_digital_network()
    {
        // Equal initial weights and exact products; only the order of sums differs between a grid of tiles and one digital layer.
        var tiles = TrainedRun.Of(Experiment("FloatingPoint", 10), Data, new RunOptions { Threads = 1 });
        var perfect = TrainedRun.Of(Experiment("FloatingPoint", 10), Data, new RunOptions { Threads = 1 }, Networks.Perfect);

        Assert.All(tiles.Losses.Zip(perfect.Losses), pair => Assert.InRange(pair.First - pair.Second, -1e-5f, 1e-5f));
    }

    private static ExperimentConfig Experiment(string physics, int micro)
    {
        var mapping = new MappingParameter { MaxInputSize = 7, MaxOutputSize = 6, LearnOutScaling = physics == "ConstantStep", WeightScalingOmega = 0.6f };
        return Networks.Mlp(micro: micro, epochs: 2) with
        {
            RpuConfig = physics switch
            {
                "FloatingPoint" => new FloatingPointRPUConfig { Mapping = mapping },
                "ConstantStep" => new SingleRPUConfig { Mapping = mapping },
                "LinearStep" => new SingleRPUConfig { Mapping = mapping, Device = new LinearStepDevice() },
                "SoftBounds" => new SingleRPUConfig { Mapping = mapping, Device = new SoftBoundsDevice() },
                _ => new SingleRPUConfig { Mapping = mapping, Device = new IdealDevice() },
            },
        };
    }

    private static string Train(string physics, int threads, int micro)
    {
        var run = TrainedRun.Of(Experiment(physics, micro), Data, new RunOptions { Threads = threads });
        Assert.All(run.Losses, loss => Assert.True(float.IsFinite(loss)));
        return run.Bits;
    }
}
