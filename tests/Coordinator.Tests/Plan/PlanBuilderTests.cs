using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Tests.Support;
using Tessera.Kernels.Configuration;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Tests.Plan;

public class PlanBuilderTests
{
    [Fact]
    public void The_main_job_has_six_tiles_in_the_order_of_their_stages()
    {
        var plan = PlanBuilder.Build(new ExperimentConfig());

        Assert.Equal(784, plan.InputFeatures);
        Assert.Equal(10, plan.OutputFeatures);
        Assert.Equal(
            ["hidden1/T0", "hidden1/T1", "hidden1/T2", "hidden1/T3", "hidden2/T0", "output/T0"], plan.Tiles.Select(tile => tile.Name));
        Assert.Equal([0, 1, 2, 3, 4, 5], plan.Tiles.Select(tile => tile.Id.Index));
        Assert.Equal([0, 196, 392, 588], plan.Tiles.Take(4).Select(tile => tile.InputStart));
        Assert.Equal((784L * 256) + (256 * 128) + (128 * 10), plan.Crosspoints);
        Assert.Single(plan.Physics);
        Assert.Equal(["input", "hidden1", "tanh2", "hidden2", "tanh4", "output", "logsoftmax6"], plan.Stages.Select(stage => stage.Name));
    }

    [Fact]
    public void A_read_out_that_does_not_fit_the_tiles_of_a_layer_is_refused_by_name()
    {
        var config = Networks.Mlp() with { RpuConfig = new SingleRPUConfig { Forward = new IOParametersIRDropT(), Mapping = new MappingParameter { MaxInputSize = 0 } } };

        var error = Assert.Throws<PlanException>(() => PlanBuilder.Build(config));

        Assert.Contains("'hidden'", error.Message, StringComparison.Ordinal);
        Assert.Contains("ir_drop_segments is 8, expected a divisor of the 23 physical rows", error.Message, StringComparison.Ordinal);
        PlanBuilder.Build(config with { RpuConfig = new SingleRPUConfig { Forward = new IOParametersIRDropT() } });
    }

    [Fact]
    public void A_grid_runs_over_input_parts_first_and_its_blocks_cover_the_matrix_once()
    {
        var plan = PlanBuilder.Build(Networks.Mlp(maxSize: 5));
        var grid = plan.Stages[1].Grid!;

        Assert.Equal([5, 5, 5, 4, 4], grid.InputParts);
        Assert.Equal([4, 4, 4], grid.OutputParts);
        Assert.Equal((1, 0), (grid.Tiles[3].InputPart, grid.Tiles[3].OutputPart));
        Assert.Same(grid.Tiles[7], grid.At(2, 1));
        var covered = new int[12, Networks.Features];
        foreach (var tile in grid.Tiles)
        {
            for (var i = 0; i < tile.OutSize; i++)
            {
                for (var j = 0; j < tile.InSize; j++)
                {
                    covered[tile.OutputStart + i, tile.InputStart + j]++;
                }
            }
        }

        Assert.All(covered.Cast<int>(), count => Assert.Equal(1, count));
        Assert.Equal(5, grid.ForwardTree.Parts);
        Assert.Equal(3, grid.BackwardTree.Parts);
    }

    [Theory]
    [InlineData(true, 0, true, false)]
    [InlineData(false, 0, false, true)]
    [InlineData(false, 12, true, false)]
    public void A_bias_sits_on_the_crossbar_only_of_a_single_tile(bool digitalBias, int maxSize, bool expectDigital, bool expectColumn)
    {
        var stage = PlanBuilder.Build(Networks.Mlp(maxSize, digitalBias: digitalBias)).Stages[1];

        Assert.Equal(expectDigital, stage.DigitalBias);
        Assert.Equal(expectColumn, stage.Grid!.Tiles[0].AnalogBias);
        Assert.Equal(expectColumn ? Networks.Features + 1 : stage.Grid.InputParts[0], stage.Grid.Tiles[0].XSize);
    }

    [Fact]
    public void Only_stages_above_something_that_learns_take_a_gradient()
    {
        var layers = Networks.Mlp().Network.Layers;
        var config = Networks.Mlp() with
        {
            Network = new NetworkConfig { Layers = [new LayerConfig { Type = LayerKind.ReLU }, .. layers] },
        };

        Assert.Equal([false, false, true, true, true, true], PlanBuilder.Build(config).Stages.Select(stage => stage.TakesGradient));
    }

    [Fact]
    public void Layers_of_their_own_physics_keep_it()
    {
        var layers = Networks.Mlp().Network.Layers.ToArray();
        layers[2] = layers[2] with { RpuConfig = new SingleRPUConfig() };
        var plan = PlanBuilder.Build(Networks.Mlp() with { Network = new NetworkConfig { Layers = layers } });

        Assert.IsType<FloatingPointRPUConfig>(plan.PhysicsOf(plan.Tiles[0]));
        Assert.IsType<SingleRPUConfig>(plan.PhysicsOf(plan.Tiles[1]));
    }

    [Fact]
    public void Branches_become_edges_in_order_of_reader_and_operand()
    {
        var plan = PlanBuilder.Build(Networks.Branched());

        Assert.Equal(
            [(0, 1), (1, 2), (2, 3), (2, 4), (3, 5), (4, 5), (5, 6), (6, 7)], plan.Edges.Select(edge => (edge.From.Index, edge.To.Index)));
        Assert.Equal([new StageId(3), new StageId(4)], plan.Stages[5].Inputs);
        Assert.Equal(StageKind.Digital, plan.Stages[1].Kind);
    }

    [Theory]
    [MemberData(nameof(BadNetworks))]
    public void A_network_that_does_not_hold_together_is_refused_by_name(string expected, LayerConfig[] layers)
    {
        var error = Assert.Throws<PlanException>(() => PlanBuilder.Build(new ExperimentConfig { Network = new NetworkConfig { Layers = layers } }));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, LayerConfig[]> BadNetworks() => new()
    {
        { "no layers", [] },
        { "has in_features 9, but 'a' gives 8", [Linear("a", 4, 8), Linear("b", 9, 2)] },
        { "Two stages are named 'a'", [Linear("a", 4, 8), Linear("a", 8, 2)] },
        { "Two stages are named 'input'", [Linear("input", 4, 8)] },
        { "reads 'c', which is not above it", [Linear("a", 4, 8), Linear("b", 8, 8) with { Inputs = ["c"] }, Linear("c", 8, 8)] },
        { "Nothing reads stage 'a'", [Linear("a", 4, 8), Linear("b", 4, 8) with { Inputs = ["input"] }] },
        { "has 1 inputs, expected 2 or more", [Linear("a", 4, 8), new LayerConfig { Type = LayerKind.Add, Name = "s" }] },
        { "expected equal widths", [Linear("a", 4, 8), new LayerConfig { Type = LayerKind.Add, Name = "s", Inputs = ["a", "input"] }] },
        { "No linear layer reads the data", [new LayerConfig { Type = LayerKind.Tanh }] },
        { "has 0 out_features", [Linear("a", 4, 0)] },
    };

    private static LayerConfig Linear(string name, int inFeatures, int outFeatures) =>
        new() { Type = LayerKind.Linear, Name = name, InFeatures = inFeatures, OutFeatures = outFeatures };
}
