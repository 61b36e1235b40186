using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.UnitCells;

/// <summary>
/// A weighted sum of devices, all of which, or one at a time, take the pulses of a vector (spec compounds, sections 2 and 3). Devices that take the same
/// pulses share the trains and draw noise of their own.
/// </summary>
internal sealed class VectorCellArray : UnitCellArray
{
    private readonly VectorUnitCell _cell;
    private readonly RandomKey _choiceKey;
    private readonly float[] _current = new float[1];
    private int[] _choices = [];
    private float[] _masked = [];

    internal VectorCellArray(VectorUnitCell cell, PulsedArray[] devices, int rows, int columns, TileIdentity tile)
        : base(devices, Weights(cell, devices.Length), lastIsVisible: false, rows, columns)
    {
        _cell = cell;
        _choiceKey = RandomKey.Derive(tile, RandomStream.CellChoice, 0);
        _current[0] = cell.FirstUpdateIdx;
    }

    /// <summary>
    /// The device that a policy of single devices is at. Setting it matters for SingleFixed only, where it also says which device gets given weights.
    /// </summary>
    public override int HiddenUpdateIndex
    {
        get => (int)_current[0];
        set
        {
            if (value < 0 || value >= Devices.Length)
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, $"The cell has devices 0 to {Devices.Length - 1}.");
            }

            _current[0] = value;
        }
    }

    /// <inheritdoc/>
    public override void Pulse(WeightMatrix weights, in PulseCall given, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        Remember(weights);
        var call = given.ChoosesSize ? given.Sized(given.TileRate, [], WeightGranularity) : given;
        if (_cell.UpdatePolicy == VectorUnitCellUpdatePolicy.All)
        {
            for (var k = 0; k < Devices.Length; k++) Devices[k].Pulse(WeightsOf(k, weights), call, x, d, batch);
        }
        else
        {
            Choose(call.At, batch);
            for (var k = 0; k < Devices.Length; k++) PulseChosen(k, weights, call, x, d, batch);
        }

        UpdateCount += batch;
        Reduce(weights);
    }

    /// <inheritdoc/>
    public override void OnSetWeights(WeightMatrix weights, ulong step)
    {
        Remember(weights);
        ResetCounters();
        var isFixed = _cell.UpdatePolicy == VectorUnitCellUpdatePolicy.SingleFixed;
        for (var k = 0; k < Devices.Length; k++)
        {
            var own = WeightsOf(k, weights);
            if (!isFixed || k == HiddenUpdateIndex) weights.Values.CopyTo(own.Values);
            Devices[k].OnSetWeights(own, step);
        }

        Reduce(weights);
    }

    /// <inheritdoc/>
    public override void VisitState(ITileStateVisitor visitor)
    {
        base.VisitState(visitor);
        visitor.Visit("cell.current_device", 1, 1, 1, _current);
    }

    /// <inheritdoc/>
    public override long ScratchBytes(int batch) => base.ScratchBytes(batch)
        + (_cell.UpdatePolicy == VectorUnitCellUpdatePolicy.All ? 0 : 4L * batch * (Columns + 1));

    /// <inheritdoc/>
    protected override void ResetCounters()
    {
        base.ResetCounters();
        if (_cell.UpdatePolicy != VectorUnitCellUpdatePolicy.SingleFixed) _current[0] = _cell.FirstUpdateIdx;
    }

    private static float[] Weights(VectorUnitCell cell, int devices) =>
        cell.GammaVec.Count > 0 ? [.. cell.GammaVec] : [.. Enumerable.Repeat(1f / devices, devices)];

    /// <summary>The device of each vector.</summary>
    private void Choose(in DrawAddress at, int batch)
    {
        if (_choices.Length < batch) _choices = new int[batch];
        for (var b = 0; b < batch; b++)
        {
            _current[0] = _cell.UpdatePolicy switch
            {
                VectorUnitCellUpdatePolicy.SingleSequential => (HiddenUpdateIndex + 1) % Devices.Length,
                VectorUnitCellUpdatePolicy.SingleRandom => Drawn(at with { Vector = at.Vector + (uint)b }),
                _ => HiddenUpdateIndex,
            };
            _choices[b] = HiddenUpdateIndex;
        }
    }

    private int Drawn(in DrawAddress at) => (int)(RandomField.UniformAt(_choiceKey, at, 0, 0) * Devices.Length);

    private void PulseChosen(int k, WeightMatrix weights, in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        var choices = _choices.AsSpan(0, batch);
        if (!choices.Contains(k)) return;
        if (!choices.ContainsAnyExcept(k))
        {
            Devices[k].Pulse(WeightsOf(k, weights), call, x, d, batch);
        }
        else if (Devices[k].CountsVectors)
        {
            PulseRuns(k, weights, call, x, d, batch);
        }
        else
        {
            // A zero vector sends no pulse: all vectors stay at their places, and so do the addresses of their trains.
            if (_masked.Length < x.Length) _masked = new float[x.Length];
            var masked = _masked.AsSpan(0, x.Length);
            for (var b = 0; b < batch; b++)
            {
                var row = masked.Slice(b * Columns, Columns);
                if (choices[b] == k) x.Slice(b * Columns, Columns).CopyTo(row);
                else row.Clear();
            }

            Devices[k].Pulse(WeightsOf(k, weights), call, masked, d, batch);
        }
    }

    private void PulseRuns(int k, WeightMatrix weights, in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        for (var first = 0; first < batch; first++)
        {
            if (_choices[first] != k) continue;
            var count = 1;
            while (first + count < batch && _choices[first + count] == k) count++;
            Devices[k].Pulse(
                WeightsOf(k, weights), call.Segment(first, count), x.Slice(first * Columns, count * Columns), d.Slice(first * Rows, count * Rows), count);
            first += count;
        }
    }
}
