using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tests.Updates;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Tiles;

/// <summary>Cells of several arrays that keep all of them in 16 bits.</summary>
public sealed class HalfCellTests
{
    private const int Rows = 19;
    private const int Columns = 35;
    private const int Batch = 5;
    private static readonly TileIdentity Identity = new(43, 2);

    /// <summary>Cells, and how many arrays of weights they have besides the visible one.</summary>
    private static readonly Dictionary<string, (DeviceParameters Cell, int Arrays)> Cells = new()
    {
        ["vector"] = (new VectorUnitCell { UnitCellDevices = [Device(), Device()], GammaVec = [0.3f, 0.9f] }, 2),
        ["vector at random"] = (new VectorUnitCell { UnitCellDevices = [Device(), Device(1)], UpdatePolicy = VectorUnitCellUpdatePolicy.SingleRandom }, 3),
        ["one-sided"] = (new OneSidedUnitCell { UnitCellDevices = [Device()], RefreshEvery = 2, RefreshUpperThres = 0.2f, RefreshLowerThres = 0.05f }, 2),
        ["tiki-taka"] = (new TransferCompound { UnitCellDevices = [Device(1), Device(1)], UnitsInMbatch = true, Gamma = 0.3f }, 4),
        ["tiki-taka, hidden"] = (new TransferCompound { UnitCellDevices = [Device(), Device()], UnitsInMbatch = false, TransferEvery = 3 }, 1),
        ["buffered"] = (new BufferedTransferCompound { UnitCellDevices = [Device(), Device(), Device()], UnitsInMbatch = false, Gamma = 0.1f }, 5),
        ["chopped"] = (new ChoppedTransferCompound { UnitCellDevices = [Device(), Device()], AutoScale = true, OutChopProb = 0.5f, InChopProb = 0.5f, Gamma = 0.1f }, 3),
        ["agad"] = (new DynamicTransferCompound { UnitCellDevices = [Device(), Device()], AutoScale = true, InChopProb = 0.5f }, 4),
        ["nested"] = (new TransferCompound
        {
            UnitCellDevices = [new VectorUnitCell { UnitCellDevices = [Device(), Device()] }, new OneSidedUnitCell { UnitCellDevices = [Device()] }],
            UnitsInMbatch = false,
            Gamma = 0.2f,
        }, 6),
        ["mixed precision"] = (new MixedPrecisionCompound { Device = Device(1), NXBins = 8, NDBins = 6, NRowsPerTransfer = 2, RandomRow = true }, 2),
        ["mixed precision of a cell"] = (new MixedPrecisionCompound { Device = new VectorUnitCell { UnitCellDevices = [Device(), Device()] }, TransferEvery = 2 }, 3),
    };

    /// <summary>Names of all cells, with both ways of rounding.</summary>
    public static TheoryData<string, bool> Names()
    {
        var cases = new TheoryData<string, bool>();
        foreach (var name in Cells.Keys)
        {
            cases.Add(name, false);
            cases.Add(name, true);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_number_of_every_array_has_16_bits_after_every_operation(string name, bool byChance)
    {
        using var tile = Tile(name, byChance);
        var before = tile.DumpState();
        Action[] operations =
        [
            () => Train(tile, 1, 4),
            () => tile.DecayWeights(5, 0.01f),
            () => tile.DiffuseWeights(6),
            () => tile.DriftWeights(7, 3),
            () => tile.DriftWeights(8, 3),
            () => tile.ClipWeights(9, 0.123f),
            () => tile.ResetColumns(10, 3, 5, 0.5f),
            () => tile.SetWeights(TileFixture.Values(3, Rows * Columns, 0.3f), []),
            () => tile.SetHiddenParameters(tile.GetHiddenParameters()),
            () => Train(tile, 11, 4),
        ];
        foreach (var operation in operations)
        {
            operation();
            var arrays = Arrays(tile);
            Assert.True(arrays.Count > Cells[name].Arrays, $"saw {arrays.Count} arrays");
            foreach (var (array, values) in arrays) Assert.All(values, value => Assert.True((float)(Half)value == value, $"{array} holds {value}"));
        }

        Assert.NotEqual(before["weights"], tile.DumpState()["weights"]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cell_that_is_saved_and_loaded_goes_on_with_the_same_bits(string name, bool byChance)
    {
        using var tile = Tile(name, byChance);
        using var other = Tile(name, byChance, tile: 77);
        using var same = Tile(name, byChance);
        Train(tile, 1, 6);
        tile.DriftWeights(6, 2);
        same.LoadState(tile.DumpState(), strict: false);
        same.LoadState(tile.DumpState());
        Assert.Equal(tile.DumpState(), same.DumpState());
        foreach (var each in new[] { tile, same, other })
        {
            Train(each, 7, 6);
            each.DriftWeights(12, 2);
        }

        Assert.Equal(tile.DumpState(), same.DumpState());
        Assert.NotEqual(tile.DumpState()["weights"], other.DumpState()["weights"]);
        Assert.Equal(TileFixture.ReadForward(tile, Pairs(9).X, Batch), TileFixture.ReadForward(same, Pairs(9).X, Batch));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_mini_batch_is_its_samples_one_by_one_with_a_rounding_after_each(string name, bool byChance)
    {
        using var tile = Tile(name, byChance);
        using var devices = DeviceArrays.Create(Cells[name].Cell, new UpdateParameters(), Rows, Columns, Identity);
        using var weights = new WeightMatrix(Rows, Columns);
        var kept = devices.KeepHalf();
        Assert.Equal(Cells[name].Arrays, kept.Count);
        var given = TileFixture.Values(8, Rows * Columns, 0.3f);
        tile.SetWeights(given, []);
        tile.LearningRate = 0.1f;
        weights.CopyFrom(given);
        devices.OnSetWeights(weights, 0);
        foreach (var array in kept) Round(array.Span, default, default);
        devices.OnRounded(weights);
        Round(weights.Values, default, default);
        for (ulong step = 1; step <= 4; step++)
        {
            var (x, d) = Pairs(step);
            tile.Update(step, x, d, Batch);
            for (var b = 0; b < Batch; b++)
            {
                devices.UpdatePart(weights, step, 0.1f, x.AsSpan(b * Columns, Columns), d.AsSpan(b * Rows, Rows), 1, b, Batch);
                for (var array = 0; array < kept.Count; array++) Round(kept[array].Span, Key(byChance, array + 1), new DrawAddress((uint)step, (uint)b, 0));
                devices.OnRounded(weights);
                Round(weights.Values, Key(byChance, 0), new DrawAddress((uint)step, (uint)b, 0));
            }

            var expected = new float[Rows * Columns];
            weights.CopyTo(expected);
            Assert.Equal(expected, tile.DumpState()["weights"]);
            foreach (var hidden in devices.HiddenParameterNames)
            {
                devices.GetHiddenParameter(hidden, expected);
                Assert.Equal(expected, tile.GetHiddenParameters().Single(pair => pair.Key == hidden).Value);
            }
        }

        static RandomKey? Key(bool byChance, int array) => byChance ? RandomKey.Derive(Identity, RandomStream.StateRounding, (uint)array) : null;
    }

    [Theory]
    [InlineData("vector")]
    [InlineData("vector at random")]
    [InlineData("tiki-taka")]
    [InlineData("tiki-taka, hidden")]
    [InlineData("buffered")]
    [InlineData("chopped")]
    [InlineData("agad")]
    [InlineData("mixed precision")]
    public void Cells_count_samples_and_mini_batches_as_those_of_32_bits(string name)
    {
        using var half = Tile(name, byChance: false);
        using var single = Tile(name, byChance: false, RPUDataType.Float);
        Train(half, 1, 12);
        Train(single, 1, 12);
        var counted = 0;
        foreach (var (array, values) in single.DumpState())
        {
            if (!array.StartsWith("cell.", StringComparison.Ordinal) || values.Length == Rows * Columns) continue;
            Assert.Equal(values, half.DumpState()[array]);
            counted += values.Count(value => value != 0);
        }

        Assert.True(counted > 0, "nothing was counted");
    }

    [Theory]
    [InlineData("vector", 0.3f, 0.9f)]
    [InlineData("one-sided", -1, 1)]
    [InlineData("tiki-taka", 0.3f, 1)]
    public void The_weights_are_the_rounded_sum_of_rounded_arrays(string name, float first, float second)
    {
        using var tile = Tile(name, byChance: false);
        for (ulong step = 0; step < 3; step++)
        {
            if (step > 0) Train(tile, step, 1);
            var state = tile.DumpState();
            var expected = state["device_0.weights"].Zip(
                state["device_1.weights"], (a, b) => (float)(Half)MathF.FusedMultiplyAdd(second, b, first * a));
            Assert.Equal(expected, state["weights"]);
        }
    }

    [Theory]
    [InlineData("vector")]
    [InlineData("tiki-taka, hidden")]
    [InlineData("agad")]
    [InlineData("mixed precision")]
    public void Rounding_by_chance_hardly_moves_what_is_learned(string name)
    {
        using var half = Tile(name, byChance: true);
        using var single = Tile(name, byChance: false, RPUDataType.Float);
        var start = TileFixture.Weights(single);
        Train(half, 1, 60);
        Train(single, 1, 60);
        var (a, b) = (TileFixture.Weights(half), TileFixture.Weights(single));
        var moved = b.Zip(start, (now, then) => Math.Abs((double)now - then)).Average();
        var apart = a.Zip(b, (one, other) => (double)one - other).Average();
        Assert.True(moved > 0.003, $"moved {moved}");
        Assert.True(Math.Abs(apart) < 0.1 * moved, $"{apart} apart on average after a way of {moved}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_array_takes_two_bytes_less_for_each_weight(string name, bool byChance)
    {
        using var half = Tile(name, byChance);
        using var single = Tile(name, byChance: false, RPUDataType.Float);
        var (arrays, cells) = (1 + Cells[name].Arrays, Rows * Lanes.RoundUp(Columns));
        Assert.Equal(2L * arrays * cells, single.EstimateMemory(Batch).StateBytes - half.EstimateMemory(Batch).StateBytes);
        Assert.Equal(4L * arrays * cells, half.EstimateMemory(Batch).WorkingBytes);
        var kinds = new Kinds();
        half.VisitState(kinds);
        Assert.Equal(arrays, kinds.Halves);
    }

    [Fact]
    public void A_device_of_a_cell_whose_steps_16_bits_would_swallow_is_refused_by_its_place()
    {
        var small = new SoftBoundsDevice { DwMin = 0.0009f };
        Refused(new TransferCompound { UnitCellDevices = [Device(), small] }, "saw half for device 1 (SoftBoundsDevice) of TransferCompound with dw_min 0.0009");
        Refused(
            new VectorUnitCell { UnitCellDevices = [new OneSidedUnitCell { UnitCellDevices = [small] }, Device()] },
            "saw half for device 0 (OneSidedUnitCell) of VectorUnitCell for device 0 (SoftBoundsDevice) of OneSidedUnitCell with dw_min");
        Refused(new MixedPrecisionCompound { Device = small }, "saw half for the SoftBoundsDevice in MixedPrecisionCompound with dw_min");

        static void Refused(DeviceParameters cell, string message)
        {
            ConfigProblems problems = new(new SourceMark("test"));
            RpuConfigValidator.Validate(Config(cell, new RuntimeParameter { DataType = RPUDataType.Half }), "rpu_config", problems);
            var problem = Assert.Single(problems.All);
            Assert.Equal("rpu_config.runtime.data_type", problem.Path);
            Assert.Contains(message, problem.Message);
            Assert.Contains("data_type: float", problem.Message);
        }
    }

    private static SoftBoundsDevice Device(float writeNoise = 0) => new()
    {
        DwMin = 0.02f,
        WriteNoiseStd = writeNoise,
        Diffusion = 0.001f,
        Lifetime = 5000,
        Drift = new DriftParameter { Nu = 0.1f, NuDtod = 0.2f, WNoiseStd = 0.001f },
    };

    private static SimulatorTile Tile(string name, bool byChance, RPUDataType type = RPUDataType.Half, uint tile = 2) => TileFactory.Create(
        Config(Cells[name].Cell, new RuntimeParameter { DataType = type, StochasticRounding = byChance }), new TileShape(Rows, Columns), Identity with { Tile = tile });

    private static AnalogRPUConfig Config(DeviceParameters cell, RuntimeParameter runtime) => cell is DigitalRankUpdateCell digital
        ? new DigitalRankUpdateRPUConfig { Device = digital, Runtime = runtime }
        : new UnitCellRPUConfig { Device = (UnitCell)cell, Runtime = runtime };

    private static void Train(SimulatorTile tile, ulong first, int steps)
    {
        for (var step = first; step < first + (ulong)steps; step++)
        {
            var (x, d) = Pairs(step);
            tile.Commit(step, 0.1f, x, d, Batch);
        }
    }

    private static (float[] X, float[] D) Pairs(ulong step)
    {
        var pick = new Picker((uint)step, "pairs");
        return (pick.Vectors(Batch * Columns), pick.Vectors(Batch * Rows));
    }

    /// <summary>Everything of the size of the weights but what a drift remembers, which stays in 32 bits.</summary>
    private static Dictionary<string, float[]> Arrays(SimulatorTile tile)
    {
        string[] parameters = ["max_bound", "min_bound", "dwmin_up", "dwmin_down", "decay_scales", "diffusion_rates", "reset_bias", "drift_nu", "slope_up", "slope_down"];
        return tile.DumpState()
            .Where(array => array.Value.Length == Rows * Columns && !array.Key.Contains("drift.", StringComparison.Ordinal) && !parameters.Any(array.Key.EndsWith))
            .ToDictionary();
    }

    private static void Round(Span<float> values, RandomKey? key, DrawAddress at)
    {
        var stride = Lanes.RoundUp(Columns);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = HalfReference.ToSingle(key is { } chance
                ? HalfReference.ToRandom(values[i], RandomField.WordAt(chance, at, i / stride, i % stride))
                : HalfReference.ToNearest(values[i]));
        }
    }

    private sealed class Kinds : ITileStateVisitor
    {
        public int Halves { get; private set; }

        public void Visit(string name, int rows, int columns, int stride, Span<float> values)
        {
        }

        public void VisitHalf(string name, int rows, int columns, int stride, Span<Half> values) => Halves++;
    }
}
