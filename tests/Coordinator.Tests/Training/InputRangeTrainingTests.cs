using Tessera.Actors.Stores;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;
using Tessera.Kernels.Configuration;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Tests.Training;

/// <summary>Input ranges that are set from data and learned, in a whole run: the first layer's too, where nobody asks for the gradient at the input.</summary>
public class InputRangeTrainingTests
{
    private const int Steps = 14;
    private static readonly DataPair Data = TinySamples.Pair(70, 30, Networks.Features, Networks.Classes);

    /// <summary>Read-outs with effects of the array in both directions, and a range that starts too small.</summary>
    internal static SingleRPUConfig Physics { get; } = new()
    {
        Forward = new IOParameters
        {
            NoiseManagement = NoiseManagementType.None,
            BoundManagement = BoundManagementType.None,
            OutBound = 2,
            MvType = AnalogMVType.PosNegSeparate,
            WReadAsymmetryDtod = 0.05f,
            IrDrop = 1,
            VOffsetStd = 0.02f,
            OutNonlinearity = 0.1f,
            OutNonlinearityStd = 0.1f,
            SlopeCalibration = 0.5f,
        },
        Backward = new StandardIOParameters { RSeries = 0.01f, OutNoiseStd = 0.2f },
        PrePost = new PrePostProcessingParameter
        {
            InputRange = new InputRangeParameter { Enable = true, InitFromData = 4, InitValue = 0.2f, Decay = 0.05f, ManageOutputClipping = true },
        },
    };

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 0)]
    [InlineData(4, 4)]
    public void Threads_and_micro_batches_change_no_bit(int threads, int micro)
    {
        var whole = TrainedRun.Of(Experiment(Physics, 0), Data, new RunOptions { Threads = 1 });

        Assert.Equal(whole.Bits, TrainedRun.Of(Experiment(Physics, micro), Data, new RunOptions { Threads = threads }).Bits);
    }

    [Fact]
    public void A_resumed_run_goes_on_with_the_range_of_its_checkpoint()
    {
        var whole = TrainedRun.Of(Experiment(Physics, 0), Data, new RunOptions { Threads = 1 });
        foreach (var stop in new[] { 2, 4, 9 }) // while the data set the range, at the last such step, and later
        {
            var store = new MemoryRunStore();
            TrainedRun.Of(Experiment(Physics, 0), Data, new RunOptions { Threads = 2, EndAfter = stop }, store: store);

            Assert.Equal(whole.Bits, TrainedRun.Of(Experiment(Physics, 3), Data, new RunOptions { Threads = 1 }, store: store).Bits);
        }
    }

    [Fact]
    public void Every_tile_learns_a_range_of_its_own_and_its_state_holds_it()
    {
        var (learned, fixedByData) = (Ranges(Physics), Ranges(With(Physics, range => range with { LearnInputRange = false })));

        Assert.Equal(learned.Length, learned.Distinct().Count());
        Assert.All(learned, range => Assert.Equal(4, range.Updates));
        Assert.DoesNotContain(learned, range => range.Value == 0.2f);
        Assert.All(learned.Zip(fixedByData), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    [Fact]
    public void A_run_without_a_range_has_no_such_state() =>
        Assert.Empty(Ranges(Physics with { PrePost = new PrePostProcessingParameter() }));

    private static SingleRPUConfig With(SingleRPUConfig physics, Func<InputRangeParameter, InputRangeParameter> change) =>
        physics with { PrePost = new PrePostProcessingParameter { InputRange = change(physics.PrePost.InputRange) } };

    /// <summary>Range, and mini-batches that set it from data, of every tile that has one, after the run.</summary>
    private static (float Value, float Updates)[] Ranges(SingleRPUConfig physics)
    {
        var store = new MemoryRunStore();
        TrainedRun.Of(Experiment(physics, 0), Data, new RunOptions { Threads = 1 }, store: store);
        return
        [
            .. store.ReadNewest()!.Blobs.Where(entry => entry.Kind == ManifestBlob.TileKind)
                .Select(entry => SafetensorsFile.Parse(store.Get(entry.Hash), entry.Name))
                .Where(file => file.Arrays.Any(array => array.Name == "input_range"))
                .Select(file => (file.Array("input_range").Floats()[0], file.Array("input_range_update_idx").Floats()[0])),
        ];
    }

    private static ExperimentConfig Experiment(SingleRPUConfig physics, int micro)
    {
        var config = Networks.Mlp(7, batch: 10, micro: micro, epochs: Steps / 7);
        return config with { RpuConfig = physics with { Mapping = config.RpuConfig.Mapping } };
    }
}
