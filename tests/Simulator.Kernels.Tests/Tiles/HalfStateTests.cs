using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tests.Updates;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Tiles;

/// <summary>Tiles that keep their state in 16 bits: what they hold, when they round, what it costs, and when they refuse.</summary>
public sealed class HalfStateTests
{
    private const int Rows = 19;
    private const int Columns = 70;
    private const int Batch = 5;
    private static readonly TileIdentity Identity = new(41, 2);

    public static TheoryData<string, bool> Tiles()
    {
        var cases = new TheoryData<string, bool>();
        foreach (var name in new[] { "ConstantStep", "SoftBounds", "WriteNoise", "HiddenStep", "SoftBoundsReference", "ExpStep", "NoneWithDevice", "MeanCount", "Ideal", "Floating" })
        {
            cases.Add(name, false);
            cases.Add(name, true);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Tiles))]
    public void Every_number_of_the_weights_has_16_bits_after_every_operation(string name, bool byChance)
    {
        using var tile = Tile(name, byChance);
        var before = State(tile);
        Action[] operations =
        [
            () => Train(tile, 1),
            () => tile.DecayWeights(2, 0.01f),
            () => tile.DiffuseWeights(3),
            () => tile.DriftWeights(4, 3),
            () => tile.DriftWeights(5, 3),
            () => tile.ClipWeights(6, 0.123f),
            () => tile.SetWeights(TileFixture.Values(3, Rows * Columns, 0.3f), []),
            () => tile.RemapWeights(0.5f),
            () => Train(tile, 7),
        ];
        for (var i = 0; i < operations.Length; i++)
        {
            operations[i]();
            foreach (var (array, values) in State(tile))
            {
                if (array is not ("weights" or "hidden.persistent_weights" or "hidden.hidden_weights")) continue;
                Assert.All(values, value => Assert.Equal((float)(Half)value, value));
            }
        }

        Assert.NotEqual(before["weights"], State(tile)["weights"]);
    }

    [Theory]
    [InlineData("ConstantStep")]
    [InlineData("SoftBounds")]
    [InlineData("HiddenStep")]
    [InlineData("SoftBoundsReference")]
    [InlineData("ExpStep")]
    [InlineData("MeanCount")]
    public void A_mini_batch_is_the_scalar_reference_sample_by_sample_with_a_rounding_after_each(string name)
    {
        foreach (var byChance in new[] { false, true })
        {
            using var tile = Tile(name, byChance);
            var config = Config(name, byChance);
            using var devices = (PulsedDeviceArray)DeviceArrays.Create(config.Device, config.Update, Rows, Columns, Identity);
            using var weights = new WeightMatrix(Rows, Columns);
            var hidden = devices.KeepHalf();
            weights.CopyFrom(State(tile)["weights"]);
            for (ulong step = 1; step <= 3; step++)
            {
                var (x, d) = Pairs(step);
                tile.Commit(step, 0.1f, x, d, Batch);
                for (var b = 0; b < Batch; b++)
                {
                    devices.UpdateByReference(
                        weights, step, 0.1f, x.AsSpan(b * Columns, Columns), d.AsSpan(b * Rows, Rows), 1, b);
                    Round(weights.Values, 0, step, b, byChance);
                    for (var array = 0; array < hidden.Count; array++) Round(hidden[array].Span, array + 1, step, b, byChance);
                }

                var expected = new float[Rows * Columns];
                weights.CopyTo(expected);
                Assert.Equal(expected, State(tile)["weights"]);
                if (hidden.Count > 0) Assert.Equal(Dense(hidden[0].Span), State(tile)["hidden.hidden_weights"]);
            }
        }
    }

    [Theory]
    [InlineData("ConstantStep")]
    [InlineData("SoftBounds")]
    [InlineData("ExpStep")]
    public void Weights_that_are_driven_into_their_bounds_stay_within(string name)
    {
        using var tile = Tile(name, byChance: true);
        var x = Enumerable.Repeat(1f, Columns).ToArray();
        var d = Enumerable.Range(0, Rows).Select(row => row % 2 == 0 ? 1f : -1f).ToArray();
        for (ulong step = 1; step <= 100; step++) tile.Commit(step, 1, x, d, 1);
        var weights = State(tile)["weights"];
        var hidden = tile.GetHiddenParameters().ToDictionary(pair => pair.Key, pair => pair.Value);
        var atBound = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            Assert.InRange(weights[i], hidden["min_bound"][i], hidden["max_bound"][i]);
            Assert.Equal((float)(Half)hidden["max_bound"][i], hidden["max_bound"][i]);
            if (weights[i] == hidden["min_bound"][i] || weights[i] == hidden["max_bound"][i]) atBound++;
        }

        Assert.True(name != "ConstantStep" || atBound > weights.Length / 2, $"only {atBound} cells reached a bound");
    }

    [Theory]
    [MemberData(nameof(Tiles))]
    public void A_tile_that_is_saved_and_loaded_goes_on_with_the_same_bits(string name, bool byChance)
    {
        using var tile = Tile(name, byChance);
        using var other = Tile(name, byChance);
        if (tile.HiddenParameterNames.Count > 0)
        {
            var given = tile.GetHiddenParameters();
            given[0].Value[3] += 0.01f;
            tile.SetHiddenParameters(given);
        }

        Train(tile, 1);
        tile.DriftWeights(1, 2);
        other.LoadState(tile.DumpState(), strict: false);
        other.LoadState(tile.DumpState());
        Assert.Equal(State(tile), State(other));
        foreach (var each in new[] { tile, other })
        {
            Train(each, 2);
            each.DriftWeights(2, 2);
        }

        Assert.Equal(State(tile), State(other));
        Assert.Equal(TileFixture.ReadForward(tile, Pairs(9).X, Batch), TileFixture.ReadForward(other, Pairs(9).X, Batch));
    }

    [Fact]
    public void A_drift_goes_on_where_nothing_but_rounding_changed_the_weight()
    {
        var config = Config("Drift", byChance: false);
        using var tile = TileFactory.Create(config, new TileShape(1, 16), Identity);
        tile.SetWeights(Enumerable.Repeat(0.5f, 16).ToArray(), []);
        for (ulong step = 1; step <= 4; step++) tile.DriftWeights(step, 10);
        var start = State(tile)["drift.start"];
        Assert.All(start, time => Assert.Equal(0, time));
        Assert.All(TileFixture.Weights(tile), weight => Assert.Equal((float)(Half)(0.5f * MathF.Pow(40, -0.1f)), weight, 1e-3f));
    }

    [Fact]
    public void Steps_below_half_a_unit_are_lost_to_the_nearest_number_and_kept_on_average_by_chance()
    {
        const int Size = 256;
        foreach (var byChance in new[] { false, true })
        {
            using var tile = TileFactory.Create(
                new FloatingPointRPUConfig { Runtime = Runtime(byChance) }, new TileShape(Size, Size), Identity);
            var start = 0.5f + (1 / 4096f); // halfway between even numbers of 16 bits
            tile.SetWeights(Enumerable.Repeat(0.5f, Size * Size).ToArray(), []);
            var (x, d) = (Enumerable.Repeat(1f, 20 * Size).ToArray(), Enumerable.Repeat(-1f, 20 * Size).ToArray());
            tile.Commit(1, 1e-5f, x, d, 20);
            var mean = TileFixture.Weights(tile).Average(weight => (double)weight) - 0.5;
            if (!byChance)
            {
                Assert.Equal(0, mean);
                continue;
            }

            // 20 draws a cell, each of variance unit^2 p (1 - p) with p = 1e-5 / unit; five standard deviations are a false alarm in 10^6.
            var unit = (double)HalfReference.UnitAt(start);
            var deviation = Math.Sqrt(20 * unit * 1e-5 / (Size * Size));
            Assert.InRange(mean, 20e-5 - (5 * deviation), 20e-5 + (5 * deviation));
        }
    }

    [Fact]
    public void The_state_takes_two_bytes_less_for_each_weight_and_the_working_copy_is_lent()
    {
        foreach (var (name, arrays) in new[] { ("ConstantStep", 1), ("WriteNoise", 2), ("HiddenStep", 2), ("Floating", 1) })
        {
            using var half = Tile(name, byChance: false);
            using var single = Tile(name, byChance: false, RPUDataType.Float);
            var cells = Rows * Lanes.RoundUp(Columns);
            Assert.Equal(2L * arrays * cells, single.EstimateMemory(Batch).StateBytes - half.EstimateMemory(Batch).StateBytes);
            Assert.Equal(4L * arrays * cells, half.EstimateMemory(Batch).WorkingBytes);
            Assert.Equal(0, single.EstimateMemory(Batch).WorkingBytes);
            Assert.Equal(single.EstimateMemory(Batch).ScratchBytes, half.EstimateMemory(Batch).ScratchBytes);
        }
    }

    [Fact]
    public void A_step_of_two_units_at_the_bound_is_enough_and_less_is_refused_with_the_way_out()
    {
        Assert.Empty(Problems(new ConstantStepDevice { DwMin = 2 / 2048f, WMax = 0.6f, WMin = -0.6f }));
        Assert.Empty(Problems(new ConstantStepDevice { DwMin = 1e-5f }, RPUDataType.Float));
        var message = Assert.Single(Problems(new ConstantStepDevice { DwMin = 0.0009f }));
        Assert.Equal("rpu_config.runtime.data_type", message.Path);
        foreach (var part in new[] { "saw half", "dw_min 0.0009", "0.00048828125", "0.0009765625", "data_type: float" }) Assert.Contains(part, message.Message);
        Assert.Single(Problems(new ConstantStepDevice { WMin = -1, DwMin = 0.001f }));
        Assert.Single(Problems(new ConstantStepDevice { WMax = 1e5f, DwMin = 1000 }));
        Assert.Single(Problems(new SoftBoundsPmaxDevice { PMax = 100_000, Alpha = 0.0000001f }));
        Assert.Single(Problems(new HiddenStepDevice { HsHiddenStates = 600 }));
        Assert.Empty(Problems(new HiddenStepDevice { HsHiddenStates = 512 }));
        Assert.Empty(Problems(new IdealDevice()));
        Assert.Contains("data_type", Assert.Throws<ArgumentException>(() => TileFactory.Create(
            new SingleRPUConfig { Device = new ConstantStepDevice { DwMin = 1e-5f }, Runtime = Runtime(false) }, new TileShape(2, 2), Identity)).Message);
    }

    [Fact]
    public void Chance_without_16_bits_is_refused()
    {
        ConfigProblems problems = new(new SourceMark("test"));
        RpuConfigValidator.Validate(new FloatingPointRPUConfig { Runtime = new RuntimeParameter { StochasticRounding = true } }, "rpu_config", problems);
        Assert.Equal("rpu_config.runtime.stochastic_rounding", Assert.Single(problems.All).Path);
    }

    [Fact]
    public void Weights_beyond_the_largest_16_bit_number_are_refused_and_change_nothing()
    {
        using var tile = Tile("Ideal", byChance: false);
        var before = State(tile)["weights"];
        var weights = new float[Rows * Columns];
        weights[7] = -65505;
        var message = Assert.Throws<TileException>(() => tile.SetWeights(weights, [])).Message;
        foreach (var part in new[] { "-65505", "index 7", "65504" }) Assert.Contains(part, message);
        Assert.Equal(before, State(tile)["weights"]);
    }

    private static void Train(SimulatorTile tile, ulong step)
    {
        var (x, d) = Pairs(step);
        tile.Commit(step, 0.1f, x, d, Batch);
    }

    private static (float[] X, float[] D) Pairs(ulong step)
    {
        var pick = new Picker((uint)step, "pairs");
        return (pick.Vectors(Batch * Columns), pick.Vectors(Batch * Rows));
    }

    private static void Round(Span<float> values, int array, ulong step, int vector, bool byChance)
    {
        var stride = Lanes.RoundUp(Columns);
        var key = RandomKey.Derive(Identity, RandomStream.StateRounding, (uint)array);
        for (var i = 0; i < values.Length; i++)
        {
            var word = byChance ? RandomField.WordAt(key, new DrawAddress((uint)step, (uint)vector, 0), i / stride, i % stride) : 0;
            values[i] = HalfReference.ToSingle(byChance ? HalfReference.ToRandom(values[i], word) : HalfReference.ToNearest(values[i]));
        }
    }

    private static float[] Dense(Span<float> padded)
    {
        var dense = new float[Rows * Columns];
        for (var row = 0; row < Rows; row++) padded.Slice(row * Lanes.RoundUp(Columns), Columns).CopyTo(dense.AsSpan(row * Columns));
        return dense;
    }

    private static IReadOnlyDictionary<string, float[]> State(SimulatorTile tile) => tile.DumpState();

    private static IReadOnlyList<ConfigProblem> Problems(DeviceParameters device, RPUDataType type = RPUDataType.Half)
    {
        ConfigProblems problems = new(new SourceMark("test"));
        RpuConfigValidator.Validate(new SingleRPUConfig { Device = device, Runtime = new RuntimeParameter { DataType = type } }, "rpu_config", problems);
        return problems.All;
    }

    private static RuntimeParameter Runtime(bool byChance, RPUDataType type = RPUDataType.Half) => new() { DataType = type, StochasticRounding = byChance };

    private static SimulatorTile Tile(string name, bool byChance, RPUDataType type = RPUDataType.Half) => TileFactory.Create(
        name == "Floating"
            ? new FloatingPointRPUConfig { Runtime = Runtime(byChance, type), Device = new FloatingPointDevice { Diffusion = 0.001f, Lifetime = 100 } }
            : Config(name, byChance) with { Runtime = Runtime(byChance, type) },
        new TileShape(Rows, Columns),
        Identity);

    private static SingleRPUConfig Config(string name, bool byChance)
    {
        DeviceParameters device = name switch
        {
            "SoftBounds" => new SoftBoundsDevice(),
            "WriteNoise" => new LinearStepDevice
            {
                WriteNoiseStd = 0.7f,
                Diffusion = 0.001f,
                Lifetime = 5000,
                Drift = new DriftParameter { Nu = 0.1f, NuDtod = 0.2f, WNoiseStd = 0.001f },
            },
            "HiddenStep" => new HiddenStepDevice { HsHiddenStates = 7, HsDwMinStd = 0.2f },
            "SoftBoundsReference" => new SoftBoundsReferenceDevice(),
            "ExpStep" => new ExpStepDevice { DwMin = 0.002f },
            "Ideal" => new IdealDevice { Diffusion = 0.001f, Lifetime = 100 },
            "Drift" => new ConstantStepDevice { WMaxDtod = 0, WMinDtod = 0, Drift = new DriftParameter { Nu = 0.1f, NuDtod = 0, NuStd = 0 } },
            _ => new ConstantStepDevice(),
        };
        var pulses = name switch
        {
            "NoneWithDevice" => PulseType.NoneWithDevice,
            "MeanCount" => PulseType.MeanCount,
            _ => PulseType.StochasticCompressed,
        };
        return new SingleRPUConfig { Device = device, Update = new UpdateParameters { PulseType = pulses }, Runtime = Runtime(byChance) };
    }
}
