using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Updates;

/// <summary>Vector form and scalar reference of the pulsed update give the same bits on random shapes, batches and parameters.</summary>
public sealed class UpdateEqualityTests
{
    private static readonly string[] Devices =
    [
        "ConstantStep", "LinearStep", "SoftBounds", "WriteNoise", "Corrupt", "SoftBoundsReference", "ExpStep", "ExpStep added noise", "PowStep", "PowStepReference",
        "PiecewiseStep", "PiecewiseStep long", "HiddenStep",
    ];

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (var device in Devices)
        {
            for (var seed = 0; seed < 12; seed++) cases.Add(device, seed);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Vector_form_equals_the_reference(string device, int seed)
    {
        var pick = new Picker((uint)seed, device);
        var rows = pick.Int(1, 40);
        var columns = seed % 6 == 5 ? pick.Int(500, 700) : pick.Int(1, 90);
        var batch = pick.Int(1, 12);
        var update = Update(pick);
        var parameters = Device(device, pick);
        var tile = new TileIdentity(pick.Word(), pick.Word(), 0);
        using var vector = (PulsedDeviceArray)DeviceArrays.Create(parameters, update, rows, columns, tile);
        using var scalar = (PulsedDeviceArray)DeviceArrays.Create(parameters, update, rows, columns, tile);
        using var a = Weights(vector, rows, columns, pick);
        using var b = new WeightMatrix(rows, columns);
        a.Values.CopyTo(b.Values);
        scalar.OnSetWeights(b, 0);
        vector.OnSetWeights(a, 0);
        var moved = false;
        var before = a.Values.ToArray();
        for (ulong step = 1; step <= 3; step++)
        {
            var x = pick.Vectors(batch * columns);
            var d = pick.Vectors(batch * rows);
            var learningRate = MathF.Pow(10, (4 * pick.Uniform()) - 4);
            var firstVector = (int)step * 3 % 7; // 3, 6 and 2
            vector.Update(a, step, learningRate, x, d, batch, firstVector);
            scalar.UpdateByReference(b, step, learningRate, x, d, batch, firstVector);
            Assert.Equal(Bits(b.Values), Bits(a.Values));
            foreach (var name in vector.HiddenParameterNames.Where(n => n is "persistent_weights" or "hidden_weights"))
            {
                Assert.Equal(Hidden(scalar, name, rows * columns), Hidden(vector, name, rows * columns));
            }

            moved |= !before.AsSpan().SequenceEqual(a.Values);
        }

        Assert.True(moved || device == "Corrupt" || rows * columns < 200, "No weight moved, so the case shows nothing.");
    }

    [Theory]
    [InlineData("ConstantStep")]
    [InlineData("SoftBounds")]
    [InlineData("HiddenStep")]
    public void Implicit_deterministic_pulses_agree(string device)
    {
        for (uint seed = 0; seed < 8; seed++)
        {
            var pick = new Picker(seed, "implicit" + device);
            var (rows, columns, batch) = (pick.Int(1, 40), pick.Int(1, 90), pick.Int(1, 12));
            var update = Update(pick) with
            {
                PulseType = PulseType.DeterministicImplicit,
                XResImplicit = pick.Choose(0f, 0.02f),
                DResImplicit = pick.Choose(0f, 0.1f),
            };
            var parameters = Device(device, pick);
            var tile = new TileIdentity(pick.Word(), pick.Word(), 0);
            using var vector = (PulsedDeviceArray)DeviceArrays.Create(parameters, update, rows, columns, tile);
            using var a = Weights(vector, rows, columns, pick);
            using var b = new WeightMatrix(rows, columns);
            a.Values.CopyTo(b.Values);
            using var scalar = (PulsedDeviceArray)DeviceArrays.Create(parameters, update, rows, columns, tile);
            scalar.OnSetWeights(b, 0);
            var before = a.Values.ToArray();
            for (ulong step = 1; step <= 3; step++)
            {
                var x = pick.Vectors(batch * columns);
                var d = pick.Vectors(batch * rows);
                vector.Update(a, step, 0.05f, x, d, batch);
                scalar.UpdateByReference(b, step, 0.05f, x, d, batch);
                Assert.Equal(Bits(b.Values), Bits(a.Values));
            }

            Assert.True(rows * columns < 200 || !before.AsSpan().SequenceEqual(a.Values), "No weight moved, so the case shows nothing.");
        }
    }

    [Theory]
    [InlineData("ConstantStep", PulseType.StochasticCompressed)]
    [InlineData("PowStep", PulseType.StochasticCompressed)]
    [InlineData("SoftBounds", PulseType.MeanCount)]
    public void Counts_of_pulses_are_those_of_the_reference(string device, PulseType type)
    {
        var pick = new Picker(1, "counts" + device);
        var parameters = (PulsedDeviceParameters)Device(device, pick) with { CountPulses = true };
        var update = new UpdateParameters { PulseType = type };
        using var vector = (PulsedDeviceArray)DeviceArrays.Create(parameters, update, 20, 600, new TileIdentity(3, 3));
        using var scalar = (PulsedDeviceArray)DeviceArrays.Create(parameters, update, 20, 600, new TileIdentity(3, 3));
        using var a = new WeightMatrix(20, 600);
        using var b = new WeightMatrix(20, 600);
        var (up, down, upExpected, downExpected) = (new long[12000], new long[12000], new long[12000], new long[12000]);
        for (ulong step = 1; step <= 2; step++)
        {
            var x = pick.Vectors(5 * 600);
            var d = pick.Vectors(5 * 20);
            vector.Update(a, step, 0.02f, x, d, 5);
            scalar.UpdateByReference(b, step, 0.02f, x, d, 5);
        }

        vector.GetPulseCounts(up, down);
        scalar.GetPulseCounts(upExpected, downExpected);
        Assert.Equal(upExpected, up);
        Assert.Equal(downExpected, down);
        Assert.True(up.Sum() > 1000 && down.Sum() > 1000, $"{up.Sum()} up and {down.Sum()} down pulses show little.");
    }

    [Fact]
    public void Pulses_are_counted_on_request_only()
    {
        using var devices = DeviceArrays.Create(new ConstantStepDevice(), new UpdateParameters(), 2, 2, new TileIdentity(3, 3));
        Assert.Contains("count_pulses", Assert.Throws<InvalidOperationException>(() => devices.GetPulseCounts(new long[4], new long[4])).Message);
    }

    [Fact]
    public void Trains_longer_than_32_slots_and_hundreds_of_pulses_agree()
    {
        foreach (var parameters in new DeviceParameters[] { new ConstantStepDevice { WMax = 0.05f, WMin = -0.05f }, new SoftBoundsDevice() })
        {
            var update = new UpdateParameters { DesiredBl = 150, UpdateBlManagement = false, UpdateManagement = false };
            using var vector = (PulsedDeviceArray)DeviceArrays.Create(parameters, update, 5, 70, new TileIdentity(7, 3));
            using var a = new WeightMatrix(5, 70);
            using var b = new WeightMatrix(5, 70);
            var pick = new Picker(1, "long");
            var x = pick.Vectors(4 * 70, 0);
            var d = pick.Vectors(4 * 5, 0);
            vector.Update(a, 9, 0.4f, x, d, 4);
            vector.UpdateByReference(b, 9, 0.4f, x, d, 4);
            Assert.Equal(Bits(b.Values), Bits(a.Values));
            Assert.Contains(a.Values.ToArray(), w => w != 0);
        }
    }

    [Theory]
    [InlineData(0.0003f)]
    [InlineData(0.002f)]
    [InlineData(0.01f)]
    public void Sparse_gradients_on_a_wide_tile_agree(float learningRate)
    {
        foreach (var parameters in new DeviceParameters[] { new ConstantStepDevice { WMax = 0.02f, WMin = -0.02f }, new SoftBoundsDevice() })
        {
            var update = new UpdateParameters { DesiredBl = 10, FixedBl = true, UpdateBlManagement = false, UpdateManagement = true };
            using var vector = (PulsedDeviceArray)DeviceArrays.Create(parameters, update, 70, 600, new TileIdentity(11, 5));
            using var a = new WeightMatrix(70, 600);
            using var b = new WeightMatrix(70, 600);
            var pick = new Picker(5, "wide");
            var touched = 0;
            for (ulong step = 1; step <= 2; step++)
            {
                var x = pick.Vectors(12 * 600, 0);
                var d = pick.Vectors(12 * 70, 0);
                vector.Update(a, step, learningRate, x, d, 12);
                vector.UpdateByReference(b, step, learningRate, x, d, 12);
                touched = a.Values.ToArray().Count(w => w != 0);
                Assert.Equal(Bits(b.Values), Bits(a.Values));
            }

            Assert.True(touched > 600, $"{touched} cells were touched, too few to fill the lists of single cells.");
        }
    }

    [Fact]
    public void A_steady_update_allocates_nothing()
    {
        foreach (var parameters in new DeviceParameters[] { new ConstantStepDevice(), new SoftBoundsDevice { WriteNoiseStd = 1 }, new IdealDevice() })
        {
            foreach (var type in new[] { PulseType.StochasticCompressed, PulseType.MeanCount, PulseType.NoneWithDevice })
            {
                using var devices = DeviceArrays.Create(parameters, new UpdateParameters { PulseType = type }, 33, 70, new TileIdentity(1, 2));
                using var weights = new WeightMatrix(33, 70);
                var pick = new Picker(3, "steady");
                var x = pick.Vectors(8 * 70);
                var d = pick.Vectors(8 * 33);
                for (ulong step = 0; step < 3; step++) devices.Update(weights, step, 0.01f, x, d, 8);
                var before = GC.GetAllocatedBytesForCurrentThread();
                devices.Update(weights, 3, 0.01f, x, d, 8);
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        }
    }

    private static UpdateParameters Update(Picker pick) => new()
    {
        DesiredBl = pick.Choose(1, 3, 10, 31, 40, 70),
        PulseType = pick.Choose(PulseType.StochasticCompressed, PulseType.Stochastic, PulseType.MeanCount),
        FixedBl = pick.Choose(true, true, false),
        UpdateBlManagement = pick.Choose(true, false),
        UpdateManagement = pick.Choose(true, false),
        Res = pick.Choose(0f, 0f, 0.05f),
        StoRound = pick.Choose(true, false),
        UmGradScale = pick.Choose(1f, 0.5f),
    };

    private static DeviceParameters Device(string device, Picker pick)
    {
        var sigma = pick.Choose(0f, 0.05f, 0.3f, 2f);
        var bound = pick.Choose(0.6f, 0.02f);
        return device switch
        {
            "ConstantStep" => new ConstantStepDevice { DwMinStd = sigma, WMax = bound, WMin = -bound, UpDown = 0.1f, EnforceConsistency = pick.Choose(true, false) },
            "LinearStep" => new LinearStepDevice { DwMinStd = sigma, WMax = bound, WMin = -bound, GammaUp = 0.4f, GammaDown = 0.2f, MultNoise = pick.Choose(true, false) },
            "SoftBounds" => new SoftBoundsDevice { DwMinStd = sigma, WMax = bound, WMin = -bound },
            "WriteNoise" => new SoftBoundsDevice { DwMinStd = sigma, WMax = bound, WMin = -bound, WriteNoiseStd = 2, MultNoise = pick.Choose(true, false) },
            "Corrupt" => new ConstantStepDevice { DwMinStd = sigma, WMax = bound, WMin = -bound, CorruptDevicesProb = 0.5f, PerfectBias = true },
            "SoftBoundsReference" => new SoftBoundsReferenceDevice
            {
                DwMinStd = sigma,
                WMax = bound,
                WMin = -bound,
                MultNoise = pick.Choose(true, false),
                ReferenceStd = 0.05f,
                SlopeUpDtod = 0.1f,
                SubtractSymmetryPoint = pick.Choose(true, false),
                CorruptDevicesProb = pick.Choose(0f, 0.2f),
            },
            "ExpStep" => new ExpStepDevice { DwMinStd = sigma, WMax = bound, WMin = -bound, CorruptDevicesProb = pick.Choose(0f, 0.2f), UpDown = 0.1f },
            "ExpStep added noise" => new ExpStepDevice { DwMinStd = sigma, WMax = bound, WMin = -bound, DwMinStdAdd = 0.04f, DwMinStdSlope = 0.1f, WriteNoiseStd = 2 },
            "PowStep" => new PowStepDevice { DwMinStd = sigma, WMax = bound, WMin = -bound, PowGamma = pick.Choose(0f, 1f, 2.5f), CorruptDevicesProb = pick.Choose(0f, 0.2f) },
            "PowStepReference" => new PowStepReferenceDevice
            {
                DwMinStd = sigma,
                WMax = bound,
                WMin = -bound,
                ReferenceStd = 0.05f,
                PowUpDown = 0.2f,
                SubtractSymmetryPoint = pick.Choose(true, false),
            },
            "PiecewiseStep" => new PiecewiseStepDevice { DwMinStd = sigma, WMax = bound, WMin = -bound, PiecewiseUp = [1.5f, 1, 0.5f, 0.2f], PiecewiseDown = [0.3f, 1, 1.5f, 2] },
            "PiecewiseStep long" => new PiecewiseStepDevice
            {
                DwMinStd = sigma,
                WMax = bound,
                WMin = -bound,
                PiecewiseUp = [.. Enumerable.Range(0, 33).Select(node => 1 + (0.03f * node))],
                PiecewiseDown = [.. Enumerable.Range(0, 33).Select(node => 2 - (0.05f * node))],
                WriteNoiseStd = 1,
            },
            _ => new HiddenStepDevice { DwMinStd = sigma, WMax = bound, WMin = -bound, HsDwMinStd = pick.Choose(0f, 0.5f), HsUpDown = 0.1f },
        };
    }

    private static WeightMatrix Weights(PulsedDeviceArray devices, int rows, int columns, Picker pick)
    {
        var weights = new WeightMatrix(rows, columns);
        for (var row = 0; row < rows; row++)
        {
            var target = weights.Row(row);
            for (var c = 0; c < columns; c++) target[c] = (pick.Uniform() - 0.5f) * 0.2f;
        }

        devices.OnSetWeights(weights, 0);
        return weights;
    }

    private static float[] Hidden(DeviceArray devices, string name, int length)
    {
        var values = new float[length];
        devices.GetHiddenParameter(name, values);
        return values;
    }

    private static uint[] Bits(ReadOnlySpan<float> values) => [.. values.ToArray().Select(BitConverter.SingleToUInt32Bits)];
}
