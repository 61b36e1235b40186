using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// Pulse types MeanCount and DeterministicImplicit: the number of pulses of a cell and vector pair is the rounded product of two rounded counts, or of
/// two quantised values and the number of slots (spec update, sections 7 and 8); only the devices' cycle-to-cycle noise is random. A cell's pulses are numbered over the mini-batch in the order of the samples, as in
/// <see cref="PulsedUpdate{TModel}"/>.
/// </summary>
internal sealed unsafe class CountedUpdate<TModel> : IUpdateKernel<TModel>
    where TModel : struct, IPulseModel
{
    private readonly UpdateParameters _update;
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _stride;
    private readonly bool _implicit;
    private readonly float _xResolution;
    private readonly float _dResolution;
    private readonly RandomKey _xDitherKey;
    private readonly RandomKey _dDitherKey;
    private readonly SequentialCells<TModel> _sequential;
    private readonly SummedCells _summed;
    private readonly ScratchBuffer<float> _xFactors = new();
    private readonly ScratchBuffer<float> _dFactors = new();
    private readonly ScratchBuffer<float> _dither = new();
    private readonly ScratchBuffer<int> _pulses = new();
    private readonly NativeBuffer<uint> _touched;
    private CellArrays _cells;

    internal CountedUpdate(UpdateParameters update, int rows, int columns, TileIdentity tile)
    {
        _update = update;
        _rows = rows;
        _columns = columns;
        _stride = Lanes.RoundUp(columns);
        _implicit = update.PulseType == PulseType.DeterministicImplicit;
        _xResolution = _implicit ? update.XResImplicit : update.Res;
        _dResolution = _implicit ? update.DResImplicit : update.Res;
        _xDitherKey = RandomKey.Derive(tile, RandomStream.PulseRoundingX, 0);
        _dDitherKey = RandomKey.Derive(tile, RandomStream.PulseRoundingD, 0);
        _sequential = new SequentialCells<TModel>(tile);
        _summed = new SummedCells(RandomKey.Derive(tile, RandomStream.AggregatedPulseNoise, 0));
        _touched = new NativeBuffer<uint>(TrainLayout.PlaneStride(columns));
    }

    /// <inheritdoc/>
    public void Run(
        TModel model,
        in CellArrays cells,
        UpdateAddress address,
        float learningRate,
        float granularity,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> d,
        int batch,
        WriteNoise? written)
    {
        var slots = Count(address, learningRate, granularity, x, d, batch);
        if (slots == 0) return;
        _cells = cells;
        _sequential.Start(model, cells, address, (int)Math.Min(slots, int.MaxValue));
        _summed.Start(cells, model.CycleNoise, address);
        for (var row = 0; row < _rows; row++)
        {
            var touched = UpdateRow(row, batch);
            if (written is null || !touched) continue;
            _summed.Flush();
            _sequential.Flush();
            written.Refresh(row, address.Step, _touched.Pointer, cells.Weights);
        }

        _summed.Flush();
        _sequential.Flush();
    }

    /// <inheritdoc/>
    public long EstimateBytes(int batch) =>
        (4L * batch * (_rows + _columns + 1)) + (4 * SequentialCells<TModel>.DirectionWords((int)Math.Min((long)batch * _update.DesiredBl, int.MaxValue)));

    /// <inheritdoc/>
    public void Dispose()
    {
        _sequential.Dispose();
        _summed.Dispose();
        _xFactors.Dispose();
        _dFactors.Dispose();
        _dither.Dispose();
        _pulses.Dispose();
        _touched.Dispose();
    }

    /// <summary>Signed number of pulses of a cell and vector pair; positive is down.</summary>
    internal static int Pulses(float dFactor, float xFactor) => (int)MathF.Round(dFactor * xFactor, MidpointRounding.ToEven);

    /// <summary>sign(v) min(1, Q(|v| scale)); a tiny value that stochastic rounding makes negative counts as zero.</summary>
    internal static float SignedFraction(float value, float scale, float resolution, float dither)
    {
        var fraction = MathF.Min(MathF.Max(PulseProbability.Quantise(MathF.Abs(value), scale, resolution, dither), 0), 1);
        return value < 0 ? -fraction : fraction;
    }

    /// <summary>sign(v) clamp(rint(BL Q(|v| scale)), 0, BL).</summary>
    internal static float SignedCount(float value, float scale, int slots, float resolution, float dither)
    {
        var probability = PulseProbability.Quantise(MathF.Abs(value), scale, resolution, dither);
        var count = MathF.Min(MathF.Max(MathF.Round(slots * probability, MidpointRounding.ToEven), 0), slots);
        return value < 0 ? -count : count;
    }

    private long Count(UpdateAddress address, float learningRate, float granularity, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        long total = 0;
        var xFactors = _xFactors.Reserve((long)batch * _columns);
        var dFactors = _dFactors.Reserve((long)batch * _rows);
        _ = _pulses.Reserve(batch);
        for (var b = 0; b < batch; b++)
        {
            var xs = x.Slice(b * _columns, _columns);
            var ds = d.Slice(b * _rows, _rows);
            var scales = BitLineScales.Choose(_update, learningRate, granularity, VectorMaximum.OfMagnitudes(xs), VectorMaximum.OfMagnitudes(ds));
            total += scales.Slots;
            var at = new DrawAddress(address.Step, address.Vector + (uint)b, 0);
            Factors(xs, scales.XScale, scales.Slots, _xResolution, _xDitherKey, at, new Span<float>(xFactors + (b * _columns), _columns));
            Factors(ds, scales.DScale, scales.Slots, _dResolution, _dDitherKey, at, new Span<float>(dFactors + (b * _rows), _rows));
            for (var i = 0; i < _rows && scales.Slots > 0; i++)
            {
                ref var factor = ref dFactors[(b * _rows) + i];
                factor = _implicit ? factor * scales.Slots : factor / scales.Slots;
            }
        }

        return total;
    }

    /// <summary>Counts of MeanCount, fractions of DeterministicImplicit.</summary>
    private void Factors(
        ReadOnlySpan<float> values, float scale, int slots, float resolution, RandomKey ditherKey, in DrawAddress at, Span<float> factors)
    {
        if (slots == 0)
        {
            factors.Clear();
            return;
        }

        var dithered = resolution > 0 && _update.StoRound;
        var dither = new Span<float>(_dither.Reserve(values.Length), values.Length);
        if (dithered) RandomField.Uniforms(ditherKey, at, 0, dither);
        for (var i = 0; i < values.Length; i++)
        {
            var u = dithered ? dither[i] : 0.5f;
            factors[i] = _implicit ? SignedFraction(values[i], scale, resolution, u) : SignedCount(values[i], scale, slots, resolution, u);
        }
    }

    private bool UpdateRow(int row, int batch)
    {
        var xFactors = _xFactors.Reserve(0);
        var dFactors = _dFactors.Reserve(0);
        var active = false;
        for (var b = 0; b < batch; b++) active |= dFactors[(b * _rows) + row] != 0;
        if (!active) return false;
        _touched.Span.Clear();
        var touched = false;
        for (var column = 0; column < _columns; column++)
        {
            var ups = 0;
            var downs = 0;
            var pulses = _pulses.Reserve(batch);
            for (var b = 0; b < batch; b++)
            {
                pulses[b] = Pulses(dFactors[(b * _rows) + row], xFactors[(b * _columns) + column]);
                ups += Math.Max(-pulses[b], 0);
                downs += Math.Max(pulses[b], 0);
            }

            if (ups + downs == 0) continue;
            touched = true;
            _touched.Span[TrainLayout.PlaneWord(column)] |= 1u << TrainLayout.PlaneBit(column);
            UpdateCell(row, column, ups, downs, pulses, batch);
        }

        return touched;
    }

    private void UpdateCell(int row, int column, int ups, int downs, int* pulses, int batch)
    {
        var index = (row * _stride) + column;
        _cells.Count(index, ups, downs);
        if (TModel.StepIsConstant && _summed.TryAdd(row, column, index, ups, downs)) return;
        _sequential.Begin();
        for (var b = 0; b < batch; b++)
        {
            _sequential.Append(pulses[b] > 0, Math.Abs(pulses[b]));
        }

        _sequential.End(row, column, index);
    }
}
