using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using static Tessera.Kernels.Tests.Tiles.TileFixture;

namespace Tessera.Kernels.Tests.Tiles;

/// <summary>Tiles over real devices: what the periphery and the devices do together.</summary>
public sealed class AnalogTileTests
{
    private const int OutSize = 20;
    private const int InSize = 30;
    private const int Batch = 4;

    public static TheoryData<RpuConfig> Configurations => new()
    {
        new FloatingPointRPUConfig(),
        new SingleRPUConfig { Device = new IdealDevice() },
        new SingleRPUConfig { Device = new ConstantStepDevice() },
        new SingleRPUConfig
        {
            Device = new LinearStepDevice(),
            Forward = new IOParameters { NoiseManagement = NoiseManagementType.AverageAbsMax, OutBound = 1 },
            Mapping = new MappingParameter { WeightScalingOmega = 0.5f, LearnOutScaling = true },
        },
        new SingleRPUConfig
        {
            Forward = new IOParameters { OutBound = 0.4f, NoiseManagement = NoiseManagementType.None, BoundManagement = BoundManagementType.None },
            Backward = new IOParameters { IrDrop = 1, RSeries = 0.01f, OutNoiseStd = 0.1f },
            PrePost = new PrePostProcessingParameter
            {
                InputRange = new InputRangeParameter { Enable = true, InitFromData = 3, ManageOutputClipping = true, InitValue = 0.5f },
            },
        },
        new SingleRPUConfig
        {
            Forward = new StandardIOParameters { MvType = AnalogMVType.PosNegSeparate, WReadAsymmetryDtod = 0.1f, VOffsetStd = 0.05f, OutNonlinearity = 0.1f },
        },
    };

    [Theory]
    [MemberData(nameof(Configurations))]
    public void A_steady_step_allocates_nothing(RpuConfig config)
    {
        using var tile = TileFactory.Create(config, new TileShape(OutSize, InSize, AnalogBias: true), new TileIdentity(1, 1));
        var (x, d, y, g) = (Values(1, Batch * InSize), Values(2, Batch * OutSize, 0.1f), new float[Batch * OutSize], new float[Batch * InSize]);

        // Gradients ten times larger need the longest pulse trains, so that all scratch has its final size.
        var large = Values(2, Batch * OutSize);
        for (var step = 1UL; step < 4; step++)
        {
            Step(tile, step, x, large, y, g);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 4UL; step < 12; step++)
        {
            Step(tile, step, x, d, y, g);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Micro_batches_repeats_and_a_restored_copy_give_the_same_bits(RpuConfig config)
    {
        var shape = new TileShape(OutSize, InSize, AnalogBias: true);
        using var whole = TileFactory.Create(config, shape, new TileIdentity(1, 1));
        using var cut = TileFactory.Create(config, shape, new TileIdentity(1, 1));
        var (x, d, y, g) = (Values(1, Batch * InSize), Values(2, Batch * OutSize, 0.1f), new float[Batch * OutSize], new float[Batch * InSize]);
        for (var step = 1UL; step < 6; step++)
        {
            Step(whole, step, x, d, y, g);
            var (cutY, cutG) = (new float[y.Length], new float[g.Length]);
            for (var repeat = 0; repeat < 2; repeat++)
            {
                for (var first = 0; first < Batch; first += 3)
                {
                    var (count, at) = (Math.Min(3, Batch - first), new ReadAddress(ReadPhase.Training, step, first));
                    cut.Forward(at, x.AsSpan(first * InSize, count * InSize), cutY.AsSpan(first * OutSize, count * OutSize), count);
                    cut.Backward(at, d.AsSpan(first * OutSize, count * OutSize), cutG.AsSpan(first * InSize, count * InSize), count);
                }
            }

            cut.Commit(step, 0.05f, x, d, Batch);
            Assert.Equal(y, cutY);
            Assert.Equal(g, cutG);
            Assert.Equal(whole.DumpState(), cut.DumpState());
        }

        using var restored = TileFactory.Create(config, shape, new TileIdentity(1, 1));
        restored.LoadState(whole.DumpState());
        Step(whole, 6, x, d, y, g);
        Step(restored, 6, x, d, y, g);
        Assert.Equal(whole.DumpState(), restored.DumpState());
    }

    [Fact]
    public void Hidden_parameters_are_read_and_replaced_by_name_and_in_order()
    {
        using var tile = TileFactory.Create(new SingleRPUConfig(), new TileShape(3, 4), new TileIdentity(1, 1));
        var hidden = tile.GetHiddenParameters();
        Assert.Equal(tile.HiddenParameterNames, hidden.Select(parameter => parameter.Key));
        Assert.All(hidden, parameter => Assert.Equal(12, parameter.Value.Length));
        var bound = hidden.Single(parameter => parameter.Key == "max_bound").Value;
        bound.AsSpan().Fill(0.01f);
        tile.SetHiddenParameters(hidden);
        tile.SetWeights(Values(1, 12), []);
        Assert.All(Weights(tile), value => Assert.True(value <= 0.01f));
        tile.SetHiddenParameters([]);
        Assert.Throws<TileException>(() => tile.SetHiddenParameters([.. hidden.Reverse()]));
        Assert.Throws<TileException>(() => tile.SetHiddenParameters([.. hidden.Select(parameter => new KeyValuePair<string, float[]>(parameter.Key, new float[3]))]));
    }

    [Fact]
    public void Periphery_values_of_a_tile_differ_by_direction_and_can_be_replaced()
    {
        var io = new IOParameters { OutNoiseStd = 0.3f };
        using var tile = Ideal(6, 6, io);
        Assert.NotEqual(tile.GetForwardParameters()["out_noise_values"], tile.GetBackwardParameters()["out_noise_values"]);
        tile.SetForwardParameter("out_noise_values", new float[6]);
        Assert.Equal(new float[6], tile.GetForwardParameters()["out_noise_values"]);
        Assert.Throws<TileException>(() => tile.SetBackwardParameter("out_nonlinearity", new float[6]));
    }

    [Fact]
    public void Several_periphery_values_are_replaced_together_or_not_at_all()
    {
        using var tile = Ideal(2, 3, new IOParameters { OutNoiseStd = 0.3f, VOffsetStd = 0.1f, OutNonlinearity = 0.1f });
        var before = tile.GetForwardParameters();
        Assert.Equal(["v_offset", "out_nonlinearity", "out_nonlinearity_factor", "out_noise_values"], before.Keys);
        var error = Assert.Throws<TileException>(
            () => tile.SetForwardParameters(new Dictionary<string, float[]> { ["v_offset"] = [1, 2], ["out_noise_values"] = [-1, 0] }));
        Assert.Equal(("out_noise_values", tile.Identity), (error.Argument, error.Tile));
        Assert.Throws<TileException>(() => tile.SetBackwardParameters(new Dictionary<string, float[]> { ["v_ofset"] = [1, 2] }));
        Assert.Equal(before["v_offset"], tile.GetForwardParameters()["v_offset"]);
        tile.SetForwardParameters(new Dictionary<string, float[]> { ["v_offset"] = [1, 2], ["out_noise_values"] = [3, 0] });
        Assert.Equal([1, 2], tile.GetForwardParameters()["v_offset"]);
        using var copy = Ideal(2, 3, new IOParameters { OutNoiseStd = 0.3f, VOffsetStd = 0.1f, OutNonlinearity = 0.1f }, tile: 9);
        copy.LoadState(tile.DumpState());
        Assert.Equal([3, 0], copy.GetForwardParameters()["out_noise_values"]);
    }

    private static void Step(SimulatorTile tile, ulong step, float[] x, float[] d, float[] y, float[] g)
    {
        var at = new ReadAddress(ReadPhase.Training, step, 0);
        tile.Forward(at, x, y, Batch);
        tile.Backward(at, d, g, Batch);
        tile.Commit(step, 0.05f, x, d, Batch);
    }
}
