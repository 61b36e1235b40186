using MathNet.Numerics.Statistics;
using Tessera.Host.CommandLine;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Plots;

/// <summary>What pulses do to 200 devices or cells of one kind: the figures behind a drawing.</summary>
/// <remarks>
/// A cell is moved by its own updates, transfers and refreshes included: every vector has x = 1 everywhere and d of one sign. For a single device such a
/// vector is one pulse.
/// </remarks>
internal sealed class DeviceResponse : IDisposable
{
    private const int Rows = 20;
    private const int Columns = 10;
    private const int PulsesMin = 20;
    private const int PulsesMax = 5000;
    private const int PointsMax = 200;
    private const int Weights = 41;
    private const int StepRepetitions = 300;
    private const string Persistent = "persistent_weights";
    private const string PartWeights = "hidden_weights_";
    private const string DigitalSum = "hidden_weights_chi";
    private const string UpperBound = "max_bound";
    private const string LowerBound = "min_bound";

    private static readonly UpdateParameters OnePulse = new() { DesiredBl = 1, UpdateBlManagement = false, UpdateManagement = false };

    private readonly DeviceArray _devices;
    private readonly WeightMatrix _weights = new(Rows, Columns);
    private readonly float[] _x = Filled(Columns, 1);
    private readonly float[] _up = Filled(Rows, -1);
    private readonly float[] _down = Filled(Rows, 1);
    private readonly float _learningRate;
    private readonly string[] _parts;
    private ulong _step = 1;

    /// <summary>Draws the devices and sends the pulses.</summary>
    /// <exception cref="CommandLineException">The device has no pulses, or cannot be built.</exception>
    public DeviceResponse(PlottedDevice plotted)
    {
        try { _devices = DeviceArrays.Create(plotted.Device, OnePulse, Rows, Columns, new TileIdentity(1, 0)); }
        catch (Exception refusal) when (refusal is ArgumentException or NotSupportedException)
        {
            throw new CommandLineException($"--plot: {plotted.Name} cannot be built: {refusal.Message.ReplaceLineEndings(" ")}");
        }

        if (!(_devices.WeightGranularity > 0))
        {
            _devices.Dispose();
            throw new CommandLineException($"--plot: {plotted.Name} is updated without pulses, so there is no response to draw; choose a pulsed device from 'tessera devices'.");
        }

        bool isCell = plotted.Device is UnitCell or DigitalRankUpdateCell;
        _learningRate = plotted.Device is MixedPrecisionCompound mixed
            ? (mixed.Granularity > 0 ? mixed.Granularity : _devices.WeightGranularity)
            : Math.Max(1, _devices.WeightGranularity);
        _parts = [.. _devices.HiddenParameterNames.Where(name => name.StartsWith(PartWeights, StringComparison.Ordinal) && name != DigitalSum)];
        Hidden = [.. _devices.HiddenParameterNames.Where(IsFixed).Select(name => (name, Read(name)))];
        float most = Mean(UpperBound);
        float least = Mean(LowerBound);
        double states = (most - least) / _devices.WeightGranularity;
        Pulses = (int)Svg.Round(Math.Clamp(1.2 * states * VectorsOfPulse(plotted.Device), PulsesMin, PulsesMax));
        Parts = [.. _parts.Select(name => (name[PartWeights.Length..], new List<(int, float[])>()))];
        Curve = TakeCurve();
        if (isCell && _parts.Length == 0) { (UpSteps, DownSteps) = StepsInside(plotted); }
        else { (UpSteps, DownSteps) = isCell ? ([], []) : (TakeSteps(_up, 1, least, most), TakeSteps(_down, -1, least, most)); }
    }

    /// <summary>Devices.</summary>
    public static int Count => Rows * Columns;

    /// <summary>Up pulses, and as many down pulses after them.</summary>
    public int Pulses { get; }

    /// <summary>Pulses given and the visible weights of all devices then.</summary>
    public IReadOnlyList<(int Pulse, float[] Weights)> Curve { get; }

    /// <summary>The same of each device of a cell, with the end of its hidden name; empty for single devices.</summary>
    public IReadOnlyList<(string Name, List<(int Pulse, float[] Weights)> Curve)> Parts { get; }

    /// <summary>Weight, mean size of an up step from there, and its spread between devices; empty for cells with devices of their own weights.</summary>
    public IReadOnlyList<(double Weight, double Mean, double Spread)> UpSteps { get; }

    /// <summary>The same for down steps.</summary>
    public IReadOnlyList<(double Weight, double Mean, double Spread)> DownSteps { get; }

    /// <summary>Hidden parameters of all devices, without those that updates change.</summary>
    public IReadOnlyList<(string Name, float[] Values)> Hidden { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _devices.Dispose();
        _weights.Dispose();
    }

    private List<(int, float[])> TakeCurve()
    {
        Set(0);
        List<(int, float[])> curve = [];
        int every = Math.Max(1, 2 * Pulses / PointsMax);
        for (int pulse = 0; pulse <= 2 * Pulses; pulse++)
        {
            if (pulse % every == 0 || pulse == Pulses)
            {
                float[] dense = new float[Count];
                _weights.CopyTo(dense);
                curve.Add((pulse, dense));
                for (int part = 0; part < _parts.Length; part++) { Parts[part].Curve.Add((pulse, Read(_parts[part]))); }
            }

            Send(pulse < Pulses ? _up : _down);
        }

        return curve;
    }

    /// <summary>One pulse from each weight, many times; where write noise hides the weight, the persistent one is looked at.</summary>
    private List<(double, double, double)> TakeSteps(float[] d, int sign, float least, float most)
    {
        List<(double, double, double)> steps = [];
        for (int k = 0; k < Weights; k++)
        {
            float weight = least + ((most - least) * k / (Weights - 1));
            double[] sums = new double[Count];
            float[] before = [];
            for (int repetition = 0; repetition < StepRepetitions; repetition++)
            {
                Set(weight);
                before = Look();
                Send(d);
                float[] after = Look();
                for (int cell = 0; cell < Count; cell++) { sums[cell] += sign * (after[cell] - (double)before[cell]) / StepRepetitions; }
            }

            // Devices whose bounds are narrower than this weight were not at it.
            double[] reached = [.. sums.Where((_, cell) => Math.Abs(before[cell] - weight) < 1e-6)];
            if (reached.Length < Count / 5) { continue; }
            steps.Add((weight, reached.Mean(), reached.PopulationStandardDeviation()));
        }

        return steps;
    }

    private void Set(float weight)
    {
        _weights.CopyFrom(Filled(Count, weight));
        _devices.OnSetWeights(_weights, _step++);
    }

    private void Send(float[] d) => _devices.Update(_weights, _step++, _learningRate, _x, d, 1);

    private float[] Look()
    {
        if (_devices.HiddenParameterNames.Contains(Persistent)) { return Read(Persistent); }
        float[] dense = new float[Count];
        _weights.CopyTo(dense);
        return dense;
    }

    private static bool IsFixed(string name) =>
        !name.StartsWith(Persistent, StringComparison.Ordinal) && !name.StartsWith(PartWeights, StringComparison.Ordinal)
        && !name.StartsWith("buffered_", StringComparison.Ordinal) && !name.EndsWith("_mean_weight", StringComparison.Ordinal);

    /// <summary>The steps of the single device behind a digital sum.</summary>
    private static (IReadOnlyList<(double, double, double)> Up, IReadOnlyList<(double, double, double)> Down) StepsInside(PlottedDevice plotted)
    {
        if (plotted.Device is not DigitalRankUpdateCell cell) { return ([], []); }
        using DeviceResponse inside = new(plotted with { Device = cell.Device });
        return (inside.UpSteps, inside.DownSteps);
    }

    /// <summary>Vectors that it takes on average to send one device of a cell a pulse.</summary>
    private static double VectorsOfPulse(DeviceParameters device) => device switch
    {
        VectorUnitCell { UpdatePolicy: VectorUnitCellUpdatePolicy.SingleRandom or VectorUnitCellUpdatePolicy.SingleSequential } cell => cell.UnitCellDevices.Count,
        ChoppedTransferCompound { AutoScale: true, FastLr: > 0 and < 1 } compound => 1 / compound.FastLr,
        _ => 1,
    };

    /// <summary>Mean of a hidden parameter, over all devices of a cell.</summary>
    private float Mean(string name) => Hidden.Where(parameter => parameter.Name.StartsWith(name, StringComparison.Ordinal)).Average(parameter => parameter.Values.Average());

    private float[] Read(string name)
    {
        float[] values = new float[Count];
        _devices.GetHiddenParameter(name, values);
        return values;
    }

    private static float[] Filled(int length, float value)
    {
        float[] values = new float[length];
        Array.Fill(values, value);
        return values;
    }
}
