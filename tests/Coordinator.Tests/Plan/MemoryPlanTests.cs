using Tessera.Actors.Machines;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Tests.Support;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Coordination.Tests.Plan;

public class MemoryPlanTests
{
    [Fact]
    public void Sums_agree_with_what_each_tile_says()
    {
        var plan = PlanBuilder.Build(Networks.Mlp(7) with { RpuConfig = Physics(7) });
        var memory = MemoryPlan.Of(plan, batch: 10, evaluation: 16);

        Assert.Equal(2, memory.Layers.Count);
        foreach (var layer in memory.Layers)
        {
            var (state, scratch, stored) = (0L, 0L, 0L);
            foreach (var tile in plan.Tiles.Where(tile => tile.Stage == layer.Stage))
            {
                using var physics = TileFactory.Create(
                    plan.PhysicsOf(tile), new TileShape(tile.OutSize, tile.InSize, tile.AnalogBias), new TileIdentity(1, (uint)tile.Id.Index));
                state += physics.EstimateMemory(10).StateBytes;
                scratch += physics.EstimateMemory(10).ScratchBytes;
                stored += TileMachine.StoredBytes(tile.InSize, tile.OutSize, 10, 16);
            }

            Assert.Equal((state, scratch, stored), (layer.StateBytes, layer.ScratchBytes, layer.StoredBytes));
            Assert.Equal(layer.StateBytes + layer.ScratchBytes + layer.StoredBytes + layer.CopyBytes, layer.Bytes);
            Assert.True(layer.CopyBytes > 0);
        }

        Assert.Equal(memory.ActivationBytes + memory.Layers.Sum(layer => layer.Bytes), memory.Bytes);
    }

    [Fact]
    public void More_samples_take_more_activations_but_no_more_state()
    {
        var plan = PlanBuilder.Build(Networks.Branched());
        var (few, many) = (MemoryPlan.Of(plan, 10, 16), MemoryPlan.Of(plan, 100, 16));

        Assert.True(many.ActivationBytes > few.ActivationBytes);
        Assert.Equal(few.Layers.Sum(layer => layer.StateBytes), many.Layers.Sum(layer => layer.StateBytes));
        Assert.Equal(few.Layers.Sum(layer => layer.CopyBytes), many.Layers.Sum(layer => layer.CopyBytes));
    }

    [Fact]
    public void State_of_16_bits_takes_half_as_much_in_copies_and_names_its_working_copies()
    {
        var physics = Physics(64);
        var half = physics with { Runtime = new RuntimeParameter { DataType = RPUDataType.Half } };
        var experiment = Networks.Mlp() with
        {
            Network = new NetworkConfig
            {
                Layers = [new LayerConfig { Type = LayerKind.AnalogLinear, Name = "large", InFeatures = 256, OutFeatures = 128 }],
            },
        };
        var plan = PlanBuilder.Build(experiment with { RpuConfig = half });
        var (wide, narrow) = (MemoryPlan.Of(PlanBuilder.Build(experiment with { RpuConfig = physics }), 10, 16), MemoryPlan.Of(plan, 10, 16));

        const int Weights = 256 * 128;
        Assert.Equal(2 * Weights, wide.Layers[0].StateBytes - narrow.Layers[0].StateBytes);
        Assert.Equal(4 * Weights, wide.Layers[0].CopyBytes - narrow.Layers[0].CopyBytes);
        Assert.Equal(0, wide.WorkingBytes);
        Assert.Equal(4 * 64 * 64 * Math.Min(Environment.ProcessorCount, 8), narrow.WorkingBytes);
        Assert.Equal(narrow.WorkingBytes + narrow.ActivationBytes + narrow.Layers[0].Bytes, narrow.Bytes);
        Assert.InRange(MemoryPlan.LeastBytes(plan), 3 * 2 * Weights, 3 * 2 * Weights + 1);
    }

    [Theory]
    [InlineData(true, 0.25)] // the parameters of single devices are not part of the least
    [InlineData(false, 0.6)]
    public void The_least_is_below_all_and_a_good_part_of_it_for_large_layers(bool pulsed, double part)
    {
        RpuConfig physics = pulsed ? Physics(512) : new FloatingPointRPUConfig { Mapping = Physics(512).Mapping };
        var plan = PlanBuilder.Build(Networks.Mlp() with
        {
            RpuConfig = physics,
            Network = new NetworkConfig
            {
                Layers = [new LayerConfig { Type = LayerKind.AnalogLinear, Name = "large", InFeatures = 1024, OutFeatures = 700 }],
            },
        });

        var all = MemoryPlan.Of(plan, 1, 1).Bytes;
        Assert.InRange(MemoryPlan.LeastBytes(plan), part * all, all);
    }

    [Fact]
    public void The_least_is_below_all_for_small_layers_too()
    {
        var plan = PlanBuilder.Build(Networks.Mlp(7) with { RpuConfig = Physics(7) });

        Assert.InRange(MemoryPlan.LeastBytes(plan), 1, MemoryPlan.Of(plan, 1, 1).Bytes);
    }

    private static SingleRPUConfig Physics(int size) => new()
    {
        Device = new SoftBoundsDevice(),
        Mapping = new MappingParameter { MaxInputSize = size, MaxOutputSize = size },
    };
}
