using System.Runtime.Intrinsics;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.UnitCells;

/// <summary>
/// Outer products are summed up in digital memory, chi += lr d x^T; from time to time rows of whole pulses move from there to the devices (spec
/// compounds, section 9). The sum over the vectors between two transfers is one chain in their order.
/// </summary>
internal sealed class MixedPrecisionArray : DeviceArray
{
    private const string ChiName = "hidden_weights_chi";
    private readonly MixedPrecisionCompound _compound;
    private readonly PulsedArray _inner;
    private readonly int _rows;
    private readonly int _columns;
    private readonly WeightMatrix _chi;
    private readonly CountedValue _vectors = new("cell.vectors");
    private readonly float[] _row = new float[1];
    private readonly RandomKey _startKey;
    private readonly RankQuantiser _xQuantiser;
    private readonly RankQuantiser _dQuantiser;
    private readonly ScratchBuffer<float> _padded = new();
    private float[] _pulses = [];
    private float[] _oneHot = [];

    /// <summary>Takes over the devices.</summary>
    internal MixedPrecisionArray(MixedPrecisionCompound compound, PulsedArray inner, int rows, int columns, TileIdentity tile)
    {
        _compound = compound;
        _inner = inner;
        _rows = rows;
        _columns = columns;
        _chi = new WeightMatrix(rows, columns);
        _startKey = RandomKey.Derive(tile, RandomStream.TransferStart, 1);
        _xQuantiser = new RankQuantiser(compound.NXBins, compound.StocRoundX, RandomKey.Derive(tile, RandomStream.RankRounding, 0));
        _dQuantiser = new RankQuantiser(compound.NDBins, compound.StocRoundD, RandomKey.Derive(tile, RandomStream.RankRounding, 1));
    }

    /// <inheritdoc/>
    public override float WeightGranularity => _inner.WeightGranularity;

    /// <inheritdoc/>
    public override IReadOnlyList<string> HiddenParameterNames => [.. _inner.HiddenParameterNames, ChiName];

    /// <inheritdoc/>
    public override long StateBytes => _inner.StateBytes + _chi.State.Bytes;

    /// <inheritdoc/>
    public override int HiddenUpdateIndex
    {
        get => _inner.HiddenUpdateIndex;
        set => _inner.HiddenUpdateIndex = value;
    }

    private int RowsPerTransfer => _compound.NRowsPerTransfer < 0 ? _rows : Math.Min(_compound.NRowsPerTransfer, _rows);

    /// <inheritdoc/>
    public override void Update(
        WeightMatrix weights, ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch, int firstVector = 0) =>
        UpdatePart(weights, step, learningRate, x, d, batch, firstVector, batch);

    /// <inheritdoc/>
    internal override void UpdatePart(
        WeightMatrix weights, ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch, int firstVector, int miniBatch)
    {
        UpdateArguments.Check(learningRate, x.Length, d.Length, _rows, _columns, batch);
        if (learningRate == 0 || batch == 0) return;
        var word = DrawAddress.PackStep(step);
        var xs = _xQuantiser.Run(x, batch, word, (uint)firstVector);
        var ds = _dQuantiser.Run(d, batch, word, (uint)firstVector);
        var every = (long)_compound.TransferEvery * miniBatch;
        for (var first = 0; first < batch;)
        {
            var count = CountUntilTransfer(every, batch - first, out var transfers);
            Accumulate(learningRate, xs.Slice(first * _columns, count * _columns), ds.Slice(first * _rows, count * _rows), count);
            first += count;
            _vectors.Value += count;
            if (transfers) Transfer(weights, new DrawAddress(word, (uint)(firstVector + first - 1), 0));
        }
    }

    /// <inheritdoc/>
    public override void OnSetWeights(WeightMatrix weights, ulong step)
    {
        _chi.Values.Clear();
        _vectors.Value = 0;
        _row[0] = 0;
        _inner.OnSetWeights(weights, step);
    }

    /// <inheritdoc/>
    public override void GetHiddenParameter(string name, Span<float> dense)
    {
        if (name == ChiName) _chi.CopyTo(dense);
        else _inner.GetHiddenParameter(name, dense);
    }

    /// <inheritdoc/>
    public override void GetPulseCounts(Span<long> up, Span<long> down) => _inner.GetPulseCounts(up, down);

    /// <inheritdoc/>
    /// <remarks>aihwkit's CPU engine leaves chi as it is here, so that a saved state cannot be restored.</remarks>
    public override void SetHiddenParameters(WeightMatrix weights, IReadOnlyList<float[]> values, ulong step)
    {
        RequireHidden(values, _rows, _columns);
        _inner.SetHiddenParameters(weights, [.. values.Take(values.Count - 1)], step);
        _chi.CopyFrom(values[^1]);
    }

    /// <inheritdoc/>
    public override bool PostUpdateStep(WeightMatrix weights, ulong step) => _inner.PostUpdateStep(weights, step);

    /// <inheritdoc/>
    public override void Decay(WeightMatrix weights, float alpha, ulong step) => _inner.Decay(weights, alpha, step);

    /// <inheritdoc/>
    public override void Diffuse(WeightMatrix weights, ulong step) => _inner.Diffuse(weights, step);

    /// <inheritdoc/>
    public override void Drift(WeightMatrix weights, float deltaTime, ulong step) => _inner.Drift(weights, deltaTime, step);

    /// <inheritdoc/>
    public override void ClipWeights(WeightMatrix weights, float limit, ulong step) => _inner.ClipWeights(weights, limit, step);

    /// <inheritdoc/>
    public override void ResetColumns(WeightMatrix weights, int start, int count, float probability, ulong step) =>
        _inner.ResetColumns(weights, start, count, probability, step);

    /// <inheritdoc/>
    public override void VisitState(ITileStateVisitor visitor)
    {
        _inner.VisitState(visitor);
        _chi.Visit(visitor, "cell." + ChiName);
        visitor.Visit("cell.row", 1, 1, 1, _row);
        _vectors.VisitState(visitor);
    }

    /// <inheritdoc/>
    public override long ScratchBytes(int batch) => _inner.ScratchBytes(RowsPerTransfer)
        + (4L * batch * (Lanes.RoundUp(_columns) + Lanes.RoundUp(_rows) + _columns + _rows)) + (4L * RowsPerTransfer * (_rows + _columns));

    /// <inheritdoc/>
    internal override IReadOnlyList<StateBuffer> KeepHalf() => [.. _inner.KeepHalf(), _chi.KeepHalf()];

    /// <inheritdoc/>
    internal override void OnRounded(WeightMatrix weights) => _inner.OnRounded(weights);

    /// <inheritdoc/>
    internal override void RememberDrift(WeightMatrix weights) => _inner.RememberDrift(weights);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _inner.Dispose();
        _chi.Dispose();
        _padded.Dispose();
    }

    /// <summary>
    /// Vectors up to and with the next one that a transfer follows. The test comes before a vector is counted and fails for the first of all, so that
    /// a transfer follows the first vector of every period but the first.
    /// </summary>
    private int CountUntilTransfer(long every, int limit, out bool transfers)
    {
        var seen = _vectors.Value;
        var wait = every == 0 ? long.MaxValue : seen == 0 ? every : (every - (seen % every)) % every;
        transfers = wait < limit;
        return transfers ? (int)wait + 1 : limit;
    }

    private unsafe void Accumulate(float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int count)
    {
        var xStride = Lanes.RoundUp(_columns);
        var dStride = Lanes.RoundUp(_rows);
        var padded = _padded.Reserve((long)count * (xStride + dStride));
        var xPadded = PaddedRows.Copy(x, _columns, count, padded);
        var dPadded = PaddedRows.Copy(d, _rows, count, padded + ((long)count * xStride));
        Gemm.RankUpdate(_chi.Values, _rows, _columns, _chi.Stride, -learningRate, xPadded, xStride, dPadded, dStride, count);
    }

    private void Transfer(WeightMatrix weights, in DrawAddress at)
    {
        var count = RowsPerTransfer;
        if (count == 0) return;
        var start = (int)_row[0];
        if (_compound.RandomRow && count < _rows) start = Math.Min((int)(RandomField.UniformAt(_startKey, at, 0, 0) * _rows), _rows - 1);
        var size = _compound.Granularity > 0 ? _compound.Granularity : _inner.WeightGranularity;
        if ((Take(start, count, size) || _inner.CountsVectors) && _compound.TransferLr > 0)
        {
            var call = new PulseCall
            {
                At = at with { Vector = EventAddress.Of(at.Vector, count) },
                TileRate = size * _compound.TransferLr,
                Units = count, // rows of a transfer are the mini-batch that cells inside count in
                ChoosesSize = true,
            };
            _inner.Pulse(weights, call, _pulses.AsSpan(0, count * _columns), _oneHot.AsSpan(0, count * _rows), count);
        }

        _row[0] = (start + count) % _rows;
    }

    /// <summary>Takes the whole pulses of some rows out of the sum.</summary>
    /// <returns>Whether there are any.</returns>
    private bool Take(int start, int count, float size)
    {
        if (_pulses.Length == 0)
        {
            _pulses = new float[count * _columns];
            _oneHot = new float[count * _rows];
        }

        _oneHot.AsSpan().Clear();
        var any = false;
        for (var n = 0; n < count; n++)
        {
            var row = (start + n) % _rows;
            _oneHot[(n * _rows) + row] = 1;
            any |= TakeRow(_chi.Row(row), size, _pulses.AsSpan(n * _columns, _columns));
        }

        return any;
    }

    private static bool TakeRow(Span<float> sums, float size, Span<float> pulses)
    {
        var sizes = Vector512.Create(size);
        var seen = Vector512<float>.Zero;
        var column = 0;
        for (; column <= sums.Length - Lanes.Count; column += Lanes.Count)
        {
            var sum = Vector512.Create<float>(sums[column..]);
            var whole = Vector512.Truncate(sum / sizes);
            Vector512.FusedMultiplyAdd(-whole, sizes, sum).CopyTo(sums[column..]);
            whole.CopyTo(pulses[column..]);
            seen = Vector512.Max(seen, Vector512.Abs(whole));
        }

        var any = seen != Vector512<float>.Zero;
        for (; column < sums.Length; column++)
        {
            pulses[column] = MathF.Truncate(sums[column] / size);
            sums[column] = MathF.FusedMultiplyAdd(-pulses[column], size, sums[column]);
            any |= pulses[column] != 0;
        }

        return any;
    }
}
