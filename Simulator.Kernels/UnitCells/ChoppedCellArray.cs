using System.Runtime.Intrinsics;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.UnitCells;

/// <summary>
/// Two arrays with a digital buffer of threshold 1 between them, and choppers on the fast one (spec compounds, section 7). The fast array holds chopped
/// gradients; readings are set right by the signs of slice and cell. Choppers change at transfers only, so that they are constant between cuts.
/// </summary>
internal class ChoppedCellArray : TransferCellArray
{
    private readonly ChoppedTransferCompound _compound;
    private readonly FastRates _rates;
    private readonly CountedValue _passes = new("cell.transfer_counter");
    private readonly WeightMatrix _buffer;
    private readonly bool _isLikeAihwkit;
    private float[] _signedX = [];
    private float[] _signedD = [];

    internal ChoppedCellArray(
        ChoppedTransferCompound compound, UpdateParameters update, PulsedArray[] devices, float[] gamma, int rows, int columns, TileIdentity tile)
        : base(compound, devices, gamma, rows, columns, tile)
    {
        _compound = compound;
        _rates = new FastRates(compound, update.DesiredBl);
        _buffer = new WeightMatrix(rows, columns);
        Choppers = new Choppers(Shape, tile);
        _isLikeAihwkit = compound.Compat == CompatMode.Aihwkit;
        if (compound.TransferEvery < 0) Schedule = new TransferSchedule(Period(devices[0]), _isLikeAihwkit ? Period(devices[1]) : 0);
    }

    /// <summary>The signs.</summary>
    protected Choppers Choppers { get; }

    /// <summary>Passes over all slices.</summary>
    protected long Passes => _passes.Value;

    /// <summary>Passes of a phase of choppers that do not flip at random, and the passes a mean covers: ceil(1 / in_chop_prob), at least 2.</summary>
    protected long PhaseLength => _compound.InChopProb > 0 ? Math.Max((long)MathF.Ceiling(1 / _compound.InChopProb), 2) : 2;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> BufferNames { get; } = ["buffered_FP_weight_0"];

    /// <inheritdoc/>
    public override void VisitState(ITileStateVisitor visitor)
    {
        base.VisitState(visitor);
        Choppers.VisitState(visitor);
        _rates.VisitState(visitor);
        _passes.VisitState(visitor);
    }

    /// <inheritdoc/>
    public override long ScratchBytes(int batch) => base.ScratchBytes(batch) + (4L * batch * (Columns + Rows + 1));

    /// <inheritdoc/>
    protected override WeightMatrix Buffer(int index) => _buffer;

    /// <inheritdoc/>
    protected override void Measure(in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch) =>
        _rates.Measure(FastRate(call.TileRate), call.TileRate, Devices[0].WeightGranularity, x, d, batch, call.Units);

    /// <inheritdoc/>
    protected override PulseCall Sized(in PulseCall call, int batch) => call.Sized(_rates.At(batch - 1), _rates.Of(batch), WeightGranularity);

    /// <inheritdoc/>
    protected override void PulseFast(WeightMatrix weights, in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int count)
    {
        var signedX = Choppers.Apply(x, Shape.Columns ? Choppers.In : Choppers.Out, ref _signedX);
        var signedD = Choppers.Apply(d, Shape.Columns ? Choppers.Out : Choppers.In, ref _signedD);
        base.PulseFast(weights, call, signedX, signedD, count);
    }

    /// <inheritdoc/>
    protected override void Transfer(int from, int to, int start, int count, in TransferEvent due)
    {
        // aihwkit runs the same transfer, with slices of its own, where the slow device has a period.
        if (from > 0 && !_isLikeAihwkit) return;
        var happened = new TransferEvent { Weights = due.Weights, Call = due.Call, Vector = due.Vector, Turn = from };
        var rate = VisibleTransferRate(0, happened.Call.TileRate);
        if (rate == 0) return;
        var values = Read(0, start, 1, happened);
        var pulsed = Exchange(start, values, RateScale(MathF.Abs(rate), happened.Vector));
        if (pulsed) Write(1, start, 1, values, _compound.Step * Devices[1].WeightGranularity, 1, happened);
        var at = happened.Call.At with { Vector = happened.Address, Event = happened.Call.At.Event + (uint)from };
        SwitchIn(start, at);
        if (start != Shape.InSize - 1) return;
        SwitchOut(at);
        _passes.Value++;
    }

    /// <summary>Adds a reading to the buffer, and replaces it by the pulses that leave, as a gradient.</summary>
    /// <returns>Whether they are to be written.</returns>
    protected virtual bool Exchange(int slice, Span<float> values, float scale)
    {
        var sign = Choppers.In[slice];
        var across = Choppers.Out;
        var buffer = _buffer.Values;
        var pulsed = false;
        for (var cell = 0; cell < values.Length; cell++)
        {
            ref var held = ref buffer[Shape.Index(slice, cell, _buffer.Stride)];
            var sum = MathF.FusedMultiplyAdd(values[cell] * (sign * across[cell]), scale, _compound.NoBuffer ? 0 : held);
            values[cell] = -Leave(ref sum, 0);
            pulsed |= values[cell] != 0;
            held = sum;
        }

        return pulsed;
    }

    /// <summary>Flips the chopper of a slice that was read, if it is time.</summary>
    protected virtual void SwitchIn(int slice, in DrawAddress at)
    {
        if (_compound.InChopProb <= 0) return;
        var flips = _compound.InChopRandom ? Choppers.Asks(slice, _compound.InChopProb, at) : (Passes % PhaseLength) + 1 == PhaseLength;
        if (flips) Choppers.Flip(slice);
    }

    /// <summary>Flips choppers across the slices once all have been read.</summary>
    protected virtual void SwitchOut(in DrawAddress at)
    {
        if (_compound.OutChopProb > 0) Choppers.FlipOut(_compound.OutChopProb, at);
    }

    /// <summary>The whole pulses in a buffer, which keeps the rest.</summary>
    /// <param name="held">Content of the buffer.</param>
    /// <param name="cap">Largest magnitude that stays behind where pulses are subtracted; 0 is off.</param>
    protected float Leave(ref float held, float cap)
    {
        if (!(MathF.Abs(held) >= 1)) return 0;
        float longest = _compound.TransferUpdate.DesiredBl;
        var pulses = Math.Clamp(MathF.Truncate(held), -longest, longest);
        if (_compound.ForgetBuffer)
        {
            held *= _compound.Momentum;
            return pulses;
        }

        held -= (1 - Math.Clamp(_compound.Momentum, 0, 1)) * pulses;
        if (cap > 0) held = Math.Clamp(held, -cap, cap);
        return pulses;
    }

    /// <summary>Visible weights show the fast array with its signs set right.</summary>
    protected override void Reduce(WeightMatrix weights)
    {
        if (LastIsVisible) return;
        var fast = WeightsOf(0, weights).Values;
        var slow = WeightsOf(1, weights).Values;

        // Where slices are rows, the signs of aihwkit are right in square matrices, and behind the ends of their vectors in others.
        var isMisplaced = _isLikeAihwkit && Shape.Columns;
        for (var row = 0; row < Rows; row++)
        {
            var first = row * weights.Stride;
            var target = weights.Values.Slice(first, weights.Stride);
            if (isMisplaced) AddMisplaced(fast[first..], slow[first..], row, target);
            else AddRow(fast[first..], slow[first..], Gamma[0] * Choppers.Rows[row], Gamma[1], Choppers.PaddedColumns, target);
        }
    }

    /// <summary>target = fastGamma signs fast + slowGamma slow, in whole vectors.</summary>
    private static void AddRow(
        ReadOnlySpan<float> fast, ReadOnlySpan<float> slow, float fastGamma, float slowGamma, ReadOnlySpan<float> signs, Span<float> target)
    {
        var ofFast = Vector512.Create(fastGamma);
        var ofSlow = Vector512.Create(slowGamma);
        for (var i = 0; i < signs.Length; i += Lanes.Count)
        {
            var factors = ofFast * Vector512.Create(signs[i..]);
            Vector512.FusedMultiplyAdd(factors, Vector512.Create(fast[i..]), Vector512.Create(slow[i..]) * ofSlow).CopyTo(target[i..]);
        }
    }

    /// <summary>The same with aihwkit's signs, which take the place of a cell in an array of rows for one in an array of columns.</summary>
    private void AddMisplaced(ReadOnlySpan<float> fast, ReadOnlySpan<float> slow, int row, Span<float> target)
    {
        for (var column = 0; column < Columns; column++)
        {
            var place = (row * Columns) + column;
            var sign = Choppers.In[place / Rows] * Choppers.Out[place % Rows];
            target[column] = MathF.FusedMultiplyAdd(Gamma[0] * sign, fast[column], Gamma[1] * slow[column]);
        }
    }

    /// <summary>Period of a device where it is a number of states.</summary>
    private float Period(PulsedArray device) =>
        MathF.Max(1, MathF.Round(device.StateCount / Shape.InSize * -_compound.TransferEvery, MidpointRounding.AwayFromZero));

    /// <summary>Buffer units of a reading of 1.</summary>
    private float RateScale(float rate, int vector)
    {
        var granularity = Devices[0].WeightGranularity;
        var threshold = (_compound.BufferGranularity > 0 ? _compound.BufferGranularity : 1) * granularity;
        if (_compound.AutoGranularity > 0) threshold *= _compound.AutoGranularity / (Shape.InSize * MathF.Abs(_compound.TransferEvery));
        if (!_compound.CorrectGradientMagnitudes) return rate / threshold;
        return rate / _rates.At(vector) / (threshold * (Devices[1].WeightGranularity / granularity));
    }
}
