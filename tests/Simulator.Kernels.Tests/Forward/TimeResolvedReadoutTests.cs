using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Forward;

/// <summary>Read-outs in time: the Thevenin values of spec forward, section 15, and what the modes must have in common.</summary>
public sealed class TimeResolvedReadoutTests
{
    private const int Outputs = 9;
    private const int Inputs = 12;

    private static readonly IOParametersIRDropT Quiet = new()
    {
        OutNoise = 0,
        OutRes = 0,
        BoundManagement = BoundManagementType.None,
        IrDropSegments = 4,
        AdcQuantization = false,
    };

    /// <summary>No wire, the ADC at the voltage of rest, and every step counted once: what the array must then give is the plain product.</summary>
    private static readonly IOParametersIRDropT Ideal = Quiet with { IrDropRs = 0, IrDropVRead = 0.4f, IrDropIntegrationSum = true };

    [Fact]
    public void A_column_of_two_cells_has_the_currents_of_its_thevenin_equivalent()
    {
        var io = new IOParametersIRDropT { IrDropSegments = 2 };
        var settings = new IrDropSettings(io, 2, 1, 0);
        IrDropReference.CellRow[] rows = [new(0.5f, 10, 0), new(-0.25f, 0, 20)];
        float[] times = [0, 0.5f, 1];
        var currents = IrDropReference.Currents(settings, rows, times);
        Assert.Equal(5.98498354, currents[0], 2e-5);
        Assert.Equal(-0.01499996, currents[1], 2e-5);
        Assert.Equal(-0.01499996, currents[2], 2e-5);
        var analog = new IrDropSettings(io with { AdcQuantization = false }, 2, 1, 0);
        Assert.Equal(8.95497537, IrDropReference.Charge(analog, rows, times), 4e-5);
        Assert.Equal(0, IrDropReference.Charge(settings, rows, times));
    }

    [Theory]
    [InlineData(AnalogMVType.OnePass, 1 / 126f, 0)]
    [InlineData(AnalogMVType.SplitMode, 1 / 126f, 0)]
    [InlineData(AnalogMVType.BitWise, 1 / 126f, 0)]
    [InlineData(AnalogMVType.OnePass, 254, 0)]
    [InlineData(AnalogMVType.SplitMode, 254, 20)]
    [InlineData(AnalogMVType.BitWise, 254, 13)]
    public void Without_wires_every_mode_is_the_plain_product(AnalogMVType type, float resolution, int physicalRows)
    {
        var io = Ideal with { MvType = type, InpRes = resolution, IrDropSegments = physicalRows == 13 ? 1 : 4 };
        var (solved, plain) = (Read(io, ReadPhase.Evaluation, physicalRows), Read(io, ReadPhase.Training, physicalRows));
        var exact = Read(new IOParameters { OutNoise = 0, OutRes = 0, InpRes = resolution, BoundManagement = BoundManagementType.None }, ReadPhase.Training, 0);
        for (var output = 0; output < exact.Length; output++)
        {
            Assert.Equal(exact[output], plain[output], 1e-5);
            Assert.Equal(exact[output], solved[output], 5e-4);
        }
    }

    [Fact]
    public void Wires_take_from_large_columns_and_only_in_evaluation()
    {
        var io = Ideal with { IrDropRs = 100 };
        var (weak, strong) = (Read(io, ReadPhase.Evaluation), Read(io with { IrDropRs = 400 }, ReadPhase.Evaluation));
        var plain = Read(io, ReadPhase.Training);
        Assert.Equal(plain, Read(io with { IrDrop = 0 }, ReadPhase.Evaluation));
        Assert.True(Norm(strong) < 0.99 * Norm(weak) && Norm(weak) < 0.99 * Norm(plain), $"{Norm(strong)} {Norm(weak)} {Norm(plain)}");
    }

    [Fact]
    public void Odd_outputs_are_read_at_the_other_end()
    {
        // One input at the first row: far from the ADC of even outputs, next to that of odd ones.
        using var weights = new WeightMatrix(2, 8);
        weights.Values.Clear();
        weights.Row(0).Fill(1);
        weights.Row(1).Fill(1);
        var io = Ideal with { IrDropRs = 500, IrDropSegments = 8 };
        using var pass = new MvmPass(io, MvmDirection.Forward, 2, 8, new TileIdentity(1, 1));
        var y = new float[4];
        pass.Run(weights, new ReadAddress(ReadPhase.Evaluation, 0, 0), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], y, 2);
        Assert.True(y[0] < 0.99f * y[1], $"first row: {y[0]} {y[1]}");
        Assert.Equal(y[0], y[3]);
        Assert.Equal(y[1], y[2]);
    }

    [Fact]
    public void The_counter_cuts_to_whole_ticks()
    {
        var io = Ideal with { AdcQuantization = true, AdcFrequency = 0.5f };
        var (counted, exact) = (Read(io, ReadPhase.Evaluation), Read(Ideal, ReadPhase.Evaluation));

        // A tick of 100 / f in uA steps, in units of the result; the scale is that of noise management.
        var largest = Weights().Max(MathF.Abs);
        var tick = 100 / 0.5 / (25 / largest) / 0.2 / 63 * Vector().Max(MathF.Abs);
        for (var output = 0; output < exact.Length; output++)
        {
            Assert.InRange(Math.Abs(exact[output]) - Math.Abs(counted[output]), -1e-3, tick);
            Assert.Equal(0, (counted[output] / tick) - Math.Round(counted[output] / tick), 1e-3);
        }
    }

    [Fact]
    public void The_trapezoid_counts_the_first_step_once_and_halves_the_last()
    {
        // A pulse over all 63 steps of 64 points: 1 + 62 + 1/2 steps by trapezoids from a doubled first point.
        using var weights = MvmPassTests.Matrix([1], 1, 1);
        using var pass = new MvmPass(Ideal with { IrDropIntegrationSum = false, IrDropSegments = 1 }, MvmDirection.Forward, 1, 1, new TileIdentity(1, 1));
        var y = new float[1];
        pass.Run(weights, new ReadAddress(ReadPhase.Evaluation, 0, 0), [1], y, 1);
        Assert.Equal(63.5 / 63, y[0], 1e-4);
    }

    [Theory]
    [InlineData(ReadPhase.Training)]
    [InlineData(ReadPhase.Evaluation)]
    public void Read_noise_follows_the_length_of_the_pulses(ReadPhase phase)
    {
        const int Devices = 6000;
        var io = Ideal with { ApplyXdepPcmReadNoise = true, IrDropSegments = 1 };
        using var weights = new WeightMatrix(Devices, 1);
        for (var row = 0; row < Devices; row++)
        {
            weights.Row(row)[0] = row % 2 == 0 ? 1 : -0.5f;
        }

        using var pass = new MvmPass(io, MvmDirection.Forward, Devices, 1, new TileIdentity(4, 2));
        var (y, again) = (new float[2 * Devices], new float[Devices]);
        pass.Run(weights, new ReadAddress(phase, 7, 0), [1, 1], y, 2);
        pass.Run(weights, new ReadAddress(phase, 7, 5), [1], again, 1);
        Assert.Equal(y[..Devices], y[Devices..]);
        Assert.Equal(y[..Devices], again);
        pass.Run(weights, new ReadAddress(phase, 8, 0), [1], again, 1);
        Assert.NotEqual(y[..Devices], again);

        // All pulses have 63 steps.
        var l = Math.Log10(63);
        var slope = (0.00021926 * Math.Pow(l, 4)) - (0.00187352 * Math.Pow(l, 3)) + (0.00655714 * l * l) - (0.0146159 * l) + 0.02578764;
        var offset = 1e6 * ((1.11906167e-9 * Math.Pow(l, 4)) - (9.08576764e-9 * Math.Pow(l, 3)) + (3.07015063e-8 * l * l) - (6.77079241e-8 * l) + 1.17763144e-7);
        foreach (var (first, weight) in new[] { (0, 1.0), (1, -0.5) })
        {
            var values = y[..Devices].Where((_, row) => row % 2 == first).Select(value => (double)value).ToArray();
            var expected = ((slope * 25 * Math.Abs(weight)) + offset) / 25;
            var mean = values.Average();
            var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));

            // The column solver scales to the largest noisy weight and back, which cancels.
            Assert.True(Math.Abs(mean - weight) < (6 * expected / Math.Sqrt(values.Length)) + 1e-4, $"mean {mean}");
            Assert.True(Math.Abs(deviation - expected) < (6 * expected / Math.Sqrt(2.0 * values.Length)) + 1e-4, $"deviation {deviation}, formula {expected}");
        }
    }

    [Theory]
    [InlineData(ReadPhase.Training)]
    [InlineData(ReadPhase.Evaluation)]
    public void Read_noise_is_that_of_the_weights_of_the_call_in_every_chunk_of_it(ReadPhase phase)
    {
        const int Vectors = 300;
        var io = Ideal with { ApplyXdepPcmReadNoise = true, MvType = AnalogMVType.SplitMode, IrDropSegments = 1 };
        var x = Enumerable.Range(0, Vectors).SelectMany(_ => Vector()).ToArray();
        using var weights = MvmPassTests.Matrix(Weights(), Outputs, Inputs);
        using var pass = new MvmPass(io, MvmDirection.Forward, Outputs, Inputs, new TileIdentity(1, 1));
        var (y, other) = (new float[Vectors * Outputs], new float[Vectors * Outputs]);
        pass.Run(weights, new ReadAddress(phase, 3, 0), x, other, Vectors);
        weights.Values[0] = 0.1f;
        pass.Run(weights, new ReadAddress(phase, 3, 0), x, y, Vectors);
        using var fresh = new MvmPass(io, MvmDirection.Forward, Outputs, Inputs, new TileIdentity(1, 1));
        var expected = new float[Outputs];
        fresh.Run(weights, new ReadAddress(phase, 3, 0), Vector(), expected, 1);
        Assert.NotEqual(other[..Outputs], expected);
        for (var vector = 0; vector < Vectors; vector++) Assert.Equal(expected, y[(vector * Outputs)..((vector + 1) * Outputs)]);
    }

    private static float[] Weights() => [.. Enumerable.Range(0, Outputs * Inputs).Select(i => MathF.Sin(i * 1.7f) * 0.8f)];

    private static float[] Vector() => [.. Enumerable.Range(0, Inputs).Select(j => MathF.Cos(j * 2.3f) * 0.7f)];

    private static float[] Read(IOParameters io, ReadPhase phase, int physicalRows = 0)
    {
        using var weights = MvmPassTests.Matrix(Weights(), Outputs, Inputs);
        using var pass = new MvmPass(io, MvmDirection.Forward, Outputs, Inputs, new TileIdentity(1, 1), physicalRows);
        var y = new float[Outputs];
        pass.Run(weights, new ReadAddress(phase, 3, 0), Vector(), y, 1);
        return y;
    }

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));
}
