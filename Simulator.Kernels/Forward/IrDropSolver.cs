using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Forward;

/// <summary>
/// Reads columns with the resistance of their wires: at each time step a segment of devices becomes its Thevenin equivalent, the segments are joined
/// from the far end to the ADC, and the current into the ADC is integrated (spec forward, section 10). Columns lie in the lanes.
/// </summary>
/// <remarks>
/// A row is driven until its pulse ends, so the rows of a segment that are driven at time k are those with more than k pulses. Their sums over all times
/// are prefix sums over the rows in the order of their pulses: driven rows are added from the longest pulse to the shortest and from near to far,
/// resting ones the other way around.
/// </remarks>
internal sealed unsafe class IrDropSolver : IDisposable
{
    private readonly IrDropSettings _settings;
    private readonly IrDropColumns[] _columns;
    private readonly int[] _buckets;
    private readonly NativeBuffer<float> _voltage; // [time, lane]
    private readonly NativeBuffer<float> _resistance; // [time, lane]
    private readonly NativeBuffer<float> _resting; // [time, lane]
    private float _scale;

    /// <param name="settings">Geometry and constants.</param>
    /// <param name="timesMax">Most time points of a phase.</param>
    public IrDropSolver(IrDropSettings settings, int timesMax)
    {
        _settings = settings;
        _columns = [new IrDropColumns(settings, isOdd: false), new IrDropColumns(settings, isOdd: true)];
        _buckets = new int[timesMax + 2];
        _voltage = new(timesMax * Lanes.Count);
        _resistance = new(timesMax * Lanes.Count);
        _resting = new(timesMax * Lanes.Count);
    }

    public long Bytes => _columns[0].Bytes + _columns[1].Bytes + _voltage.Bytes + _resistance.Bytes + _resting.Bytes;

    /// <summary>Takes over weights.</summary>
    /// <param name="weights">[output * stride + input], padding zero.</param>
    /// <param name="stride">Distance between outputs.</param>
    public void Load(ReadOnlySpan<float> weights, int stride)
    {
        _scale = _settings.Converter.Scale(Tiles.RowSweep.AbsMax(weights));
        _columns[0].Load(weights, stride, _scale);
        _columns[1].Load(weights, stride, _scale);
    }

    /// <summary>The product of one part of an input.</summary>
    /// <param name="input">[InSize] what the phase sends.</param>
    /// <param name="times">Points in time of the phase.</param>
    /// <param name="product">[OutSize], overwritten.</param>
    public void Read(float* input, ReadOnlySpan<float> times, float* product)
    {
        var values = stackalloc float[Lanes.Count];
        foreach (var columns in _columns)
        {
            columns.Sort(input, times, _buckets.AsSpan(0, times.Length + 2));
            for (var first = 0; first < columns.Count; first += Lanes.Count)
            {
                for (var segment = 0; segment < _settings.Segments; segment++)
                {
                    Join(columns, first, segment, times.Length);
                }

                Integrate(times.Length).Store(values);
                for (var lane = 0; lane < Lanes.Count && first + lane < columns.Count; lane++)
                {
                    product[columns.OutputOf(first + lane)] = values[lane];
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _columns[0].Dispose();
        _columns[1].Dispose();
        _voltage.Dispose();
        _resistance.Dispose();
        _resting.Dispose();
    }

    /// <summary>Joins one segment of 16 columns to those beyond it, at all times.</summary>
    private void Join(IrDropColumns columns, int firstColumn, int segment, int times)
    {
        var (first, end) = (segment * _settings.SegmentRows, (segment + 1) * _settings.SegmentRows);
        SumResting(columns, firstColumn, first, end, times);
        var (plus, minus) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var wire = Vector512.Create(_settings.WireResistance);
        var place = end - 1;
        for (var time = times - 1; time >= 0; time--)
        {
            for (; place >= first && columns.Pulse(place) > time; place--)
            {
                var positive = Vector512.Load(columns.Positive(place) + firstColumn);
                var negative = Vector512.Load(columns.Negative(place) + firstColumn);
                plus += columns.IsNegative(place) ? negative : positive;
                minus += columns.IsNegative(place) ? positive : negative;
            }

            var rest = Vector512.Load(_resting.Pointer + (time * Lanes.Count));
            var conductance = plus + minus + rest + Vector512.Create(IrDropSettings.Leakage);
            var drive = Vector512.FusedMultiplyAdd(Vector512.Create(IrDropSettings.VNegative), minus, Vector512.Create(IrDropSettings.VRest) * rest);
            var voltage = Vector512.FusedMultiplyAdd(Vector512.Create(IrDropSettings.VPositive), plus, drive) / conductance;
            var resistance = Vector512<float>.One / conductance;
            if (segment > 0)
            {
                var beyond = Vector512.Load(_resistance.Pointer + (time * Lanes.Count)) + wire;
                var joined = beyond * resistance / (beyond + resistance);
                voltage = ((Vector512.Load(_voltage.Pointer + (time * Lanes.Count)) / beyond) + (voltage / resistance)) * joined;
                resistance = joined;
            }

            voltage.Store(_voltage.Pointer + (time * Lanes.Count));
            resistance.Store(_resistance.Pointer + (time * Lanes.Count));
        }
    }

    /// <summary>Sums the conductances of the rows that rest, at all times.</summary>
    private void SumResting(IrDropColumns columns, int firstColumn, int first, int end, int times)
    {
        var rest = Vector512<float>.Zero;
        var place = first;
        for (var time = 0; time < times; time++)
        {
            for (; place < end && columns.Pulse(place) <= time; place++)
            {
                rest += Vector512.Load(columns.Positive(place) + firstColumn) + Vector512.Load(columns.Negative(place) + firstColumn);
            }

            rest.Store(_resting.Pointer + (time * Lanes.Count));
        }
    }

    /// <summary>Charge of 16 columns, counted and brought back to units of weight times input.</summary>
    private Vector512<float> Integrate(int times)
    {
        var half = Vector512.Create(0.5f);
        var last = Current(0);
        var charge = last;
        for (var time = 1; time < times; time++)
        {
            var current = Current(time);
            charge += _settings.Sums ? current : half * (last + current);
            last = current;
        }

        if (_settings.Counts)
        {
            var unit = Vector512.Create(IrDropSettings.CounterCurrent);
            var frequency = Vector512.Create(_settings.CounterFrequency);
            charge = Vector512.Truncate(charge / unit * frequency) * unit / frequency;
        }

        return charge / Vector512.Create(_scale) / Vector512.Create(IrDropSettings.VStep) / Vector512.Create(_settings.HalfLevels);
    }

    private Vector512<float> Current(int time)
    {
        var resistance = Vector512.FusedMultiplyAdd(
            Vector512.Create(0.5f), Vector512.Create(_settings.WireResistance), Vector512.Load(_resistance.Pointer + (time * Lanes.Count)));
        return (Vector512.Load(_voltage.Pointer + (time * Lanes.Count)) - Vector512.Create(_settings.VRead)) / resistance;
    }
}
