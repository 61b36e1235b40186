using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// The stochastic pulse trains of a mini-batch (spec update, sections 4 to 6). Slot k of column j of vector b fires if the random word at
/// (PulseTrainX, step, b, k, row 0, column j) is below P * 2^32; the rows' trains come from PulseTrainD with the row in the column's place.
/// </summary>
internal sealed unsafe class PulseTrains : IDisposable
{
    private readonly int _rows;
    private readonly int _columns;
    private readonly UpdateParameters _update;
    private readonly RandomKey _xKey;
    private readonly RandomKey _dKey;
    private readonly RandomKey _xDitherKey;
    private readonly RandomKey _dDitherKey;
    private readonly ScratchBuffer<float> _magnitude = new();
    private readonly ScratchBuffer<float> _dither = new();
    private readonly ScratchBuffer<uint> _thresholds = new();
    private readonly ScratchBuffer<uint> _fires = new();
    private readonly ScratchBuffer<uint> _planes = new();
    private readonly ScratchBuffer<uint> _negativePlanes = new();
    private readonly ScratchBuffer<uint> _rowWords = new();
    private readonly ScratchBuffer<int> _wordSample = new();
    private readonly ScratchBuffer<int> _wordFirstPlane = new();
    private readonly ScratchBuffer<BitLineScales> _scales = new();

    internal PulseTrains(UpdateParameters update, int rows, int columns, TileIdentity tile)
    {
        _update = update;
        _rows = rows;
        _columns = columns;
        _xKey = RandomKey.Derive(tile, RandomStream.PulseTrainX, 0);
        _dKey = RandomKey.Derive(tile, RandomStream.PulseTrainD, 0);
        _xDitherKey = RandomKey.Derive(tile, RandomStream.PulseRoundingX, 0);
        _dDitherKey = RandomKey.Derive(tile, RandomStream.PulseRoundingD, 0);
        PlaneStride = TrainLayout.PlaneStride(columns);
        RowStride = TrainLayout.RoundUpToDrawBlock(rows);
    }

    /// <summary>Words of one slot's plane.</summary>
    internal int PlaneStride { get; }

    /// <summary>Rows rounded up to whole draw blocks.</summary>
    internal int RowStride { get; }

    /// <summary>Row words of the whole batch: ceil(BL / 32) for each vector.</summary>
    internal int WordCount { get; private set; }

    /// <summary>Slots of the whole batch.</summary>
    internal int SlotCount { get; private set; }

    /// <summary>[slot of the batch][PlaneStride]: columns that fire.</summary>
    internal uint* Planes { get; private set; }

    /// <summary>[vector][PlaneStride]: columns with negative x.</summary>
    internal uint* NegativePlanes { get; private set; }

    /// <summary>[word][RowStride]: slots of each row that fire.</summary>
    internal uint* RowWords { get; private set; }

    /// <summary>[word]: vector of the word.</summary>
    internal int* WordSample { get; private set; }

    /// <summary>[word]: slot, within the batch, of the word's lowest bit.</summary>
    internal int* WordFirstPlane { get; private set; }

    /// <summary>Bytes held.</summary>
    internal long Bytes => _magnitude.Bytes + _dither.Bytes + _thresholds.Bytes + _fires.Bytes + _planes.Bytes + _negativePlanes.Bytes
        + _rowWords.Bytes + _wordSample.Bytes + _wordFirstPlane.Bytes + _scales.Bytes;

    /// <summary>Bytes that a batch with full-length trains needs.</summary>
    internal static long EstimateBytes(UpdateParameters update, int rows, int columns, int batch)
    {
        long planeStride = TrainLayout.PlaneStride(columns);
        long rowStride = TrainLayout.RoundUpToDrawBlock(rows);
        var words = (long)TrainLayout.WordsPerTrain(update.DesiredBl) * batch;
        var perVector = TrainLayout.RoundUpToDrawBlock(Math.Max(rows, columns));
        return 4 * ((planeStride * batch * (update.DesiredBl + 1L)) + (rowStride * words) + (4L * perVector) + (2 * words)) + (12L * batch);
    }

    /// <summary>Draws all trains.</summary>
    /// <param name="address">Where the draws begin.</param>
    /// <param name="learningRate">Above 0.</param>
    /// <param name="granularity">Mean weight change of a pulse.</param>
    /// <param name="x">[batch, columns].</param>
    /// <param name="d">[batch, rows].</param>
    /// <param name="batch">Vectors.</param>
    internal void Draw(UpdateAddress address, float learningRate, float granularity, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        Measure(learningRate, granularity, x, d, batch);
        Planes = _planes.Reserve((long)SlotCount * PlaneStride);
        NegativePlanes = _negativePlanes.Reserve((long)batch * PlaneStride);
        RowWords = _rowWords.Reserve((long)WordCount * RowStride);
        WordSample = _wordSample.Reserve(WordCount);
        WordFirstPlane = _wordFirstPlane.Reserve(WordCount);
        var scales = _scales.Reserve(batch);
        var word = 0;
        var plane = 0;
        for (var b = 0; b < batch; b++)
        {
            var slots = scales[b].Slots;
            if (slots == 0) continue;
            var (step, vector) = (address.Step, address.Vector + (uint)b);
            Prepare(x.Slice(b * _columns, _columns), scales[b].XScale, _xDitherKey, new DrawAddress(step, vector, 0));
            StoreNegative(x.Slice(b * _columns, _columns), NegativePlanes + ((long)b * PlaneStride));
            DrawColumns(step, vector, slots, Planes + ((long)plane * PlaneStride));
            Prepare(d.Slice(b * _rows, _rows), scales[b].DScale, _dDitherKey, new DrawAddress(step, vector, 0));
            DrawRows(step, vector, slots, RowWords + ((long)word * RowStride));
            for (var first = 0; first < slots; first += TrainLayout.SlotsPerWord)
            {
                WordSample[word] = b;
                WordFirstPlane[word++] = plane + first;
            }

            plane += slots;
        }
    }

    private void Measure(float learningRate, float granularity, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        var scales = _scales.Reserve(batch);
        long slots = 0;
        long words = 0;
        for (var b = 0; b < batch; b++)
        {
            var xMax = VectorMaximum.OfMagnitudes(x.Slice(b * _columns, _columns));
            var dMax = VectorMaximum.OfMagnitudes(d.Slice(b * _rows, _rows));
            scales[b] = BitLineScales.Choose(_update, learningRate, granularity, xMax, dMax);
            slots += scales[b].Slots;
            words += TrainLayout.WordsPerTrain(scales[b].Slots);
        }

        // Reserving refuses what does not fit, so the narrowing below is safe once the buffers exist.
        _ = _planes.Reserve(slots * PlaneStride);
        SlotCount = (int)slots;
        WordCount = (int)words;
    }

    /// <summary>Thresholds of one vector, padded to draw blocks with entries that never fire.</summary>
    private void Prepare(ReadOnlySpan<float> values, float scale, RandomKey ditherKey, in DrawAddress at)
    {
        var padded = TrainLayout.RoundUpToDrawBlock(values.Length);
        var magnitude = _magnitude.Reserve(padded);
        values.CopyTo(new Span<float>(magnitude, values.Length));
        new Span<float>(magnitude + values.Length, padded - values.Length).Clear();
        var dithered = _update.Res > 0 && _update.StoRound;
        var dither = _dither.Reserve(padded);
        if (dithered) RandomField.Uniforms(ditherKey, at, 0, new Span<float>(dither, values.Length));
        var thresholds = _thresholds.Reserve(padded);
        var fires = _fires.Reserve(padded);
        for (var i = 0; i < padded; i += Lanes.Count)
        {
            var u = dithered ? Vector512.Load(dither + i) : Vector512.Create(0.5f);
            var v = Vector512.Load(magnitude + i);
            var p = PulseProbability.Quantise(Vector512.Abs(v), scale, _update.Res, u);
            var last = PulseProbability.LastFiringWord(p, out var any);

            // Zero entries emit nothing, whatever stochastic rounding makes of them.
            any &= ~Vector512.Equals(v, Vector512<float>.Zero).AsUInt32();
            last.Store(thresholds + i);
            any.Store(fires + i);
        }
    }

    private void StoreNegative(ReadOnlySpan<float> x, uint* plane)
    {
        // The magnitude buffer still holds the padded, signed values of this vector.
        var values = _magnitude.Reserve(x.Length);
        var padded = TrainLayout.RoundUpToDrawBlock(x.Length);
        for (var super = 0; super * TrainLayout.ColumnsPerPlane < padded; super++)
        {
            var bits = Vector512<uint>.Zero;
            var first = super * TrainLayout.ColumnsPerPlane;
            var end = Math.Min(padded, first + TrainLayout.ColumnsPerPlane);
            for (var c = first; c < end; c += Lanes.Count)
            {
                var negative = Vector512.LessThan(Vector512.Load(values + c), Vector512<float>.Zero).AsUInt32();
                bits |= negative & Vector512.Create(1u << TrainLayout.PlaneBit(c));
            }

            bits.Store(plane + (super * Lanes.Count));
        }
    }

    private void DrawColumns(uint step, uint vector, int slots, uint* planes)
    {
        var padded = TrainLayout.RoundUpToDrawBlock(_columns);
        var thresholds = _thresholds.Reserve(padded);
        var fires = _fires.Reserve(padded);
        new Span<uint>(planes, slots * PlaneStride).Clear();
        for (var first = 0; first < padded; first += TrainLayout.DrawBlock)
        {
            if (!AnyFires(fires + first)) continue;
            var target = planes + (first / TrainLayout.ColumnsPerPlane * Lanes.Count);
            DrawColumnBlock(_xKey, step, vector, slots, first, thresholds + first, fires + first, target, PlaneStride);
        }
    }

    /// <summary>All slots of 64 columns: each slot adds four bits to every word of its plane.</summary>
    private static void DrawColumnBlock(
        RandomKey key, uint step, uint vector, int slots, int first, uint* thresholds, uint* fires, uint* target, int planeStride)
    {
        var bit = TrainLayout.PlaneBit(first);
        var t0 = Vector512.Load(thresholds);
        var t1 = Vector512.Load(thresholds + 16);
        var t2 = Vector512.Load(thresholds + 32);
        var t3 = Vector512.Load(thresholds + 48);
        var m0 = Vector512.Load(fires) & Vector512.Create(1u << bit);
        var m1 = Vector512.Load(fires + 16) & Vector512.Create(2u << bit);
        var m2 = Vector512.Load(fires + 32) & Vector512.Create(4u << bit);
        var m3 = Vector512.Load(fires + 48) & Vector512.Create(8u << bit);
        var c0 = CellAddress.Blocks(0, first);
        for (var k = 0; k < slots; k++)
        {
            PhiloxLanes.Block(key, c0, Vector512.Create((uint)k), Vector512.Create(vector), Vector512.Create(step),
                out var w0, out var w1, out var w2, out var w3);
            var fired = (Vector512.LessThanOrEqual(w0, t0) & m0) | (Vector512.LessThanOrEqual(w1, t1) & m1)
                | (Vector512.LessThanOrEqual(w2, t2) & m2) | (Vector512.LessThanOrEqual(w3, t3) & m3);
            (Vector512.Load(target) | fired).Store(target);
            target += planeStride;
        }
    }

    private void DrawRows(uint step, uint vector, int slots, uint* words)
    {
        var thresholds = _thresholds.Reserve(RowStride);
        var fires = _fires.Reserve(RowStride);
        new Span<uint>(words, TrainLayout.WordsPerTrain(slots) * RowStride).Clear();
        for (var first = 0; first < RowStride; first += TrainLayout.DrawBlock)
        {
            if (!AnyFires(fires + first)) continue;
            for (var slot = 0; slot < slots; slot += TrainLayout.SlotsPerWord)
            {
                var count = Math.Min(TrainLayout.SlotsPerWord, slots - slot);
                var target = words + (slot / TrainLayout.SlotsPerWord * RowStride) + first;
                DrawRowBlock(_dKey, step, vector, slot, count, first, thresholds + first, fires + first, target);
            }
        }
    }

    /// <summary>Up to 32 slots of 64 rows: each slot is one bit of the rows' words.</summary>
    private static void DrawRowBlock(
        RandomKey key, uint step, uint vector, int slot, int count, int first, uint* thresholds, uint* fires, uint* target)
    {
        var t0 = Vector512.Load(thresholds);
        var t1 = Vector512.Load(thresholds + 16);
        var t2 = Vector512.Load(thresholds + 32);
        var t3 = Vector512.Load(thresholds + 48);
        var r0 = Vector512<uint>.Zero;
        var r1 = Vector512<uint>.Zero;
        var r2 = Vector512<uint>.Zero;
        var r3 = Vector512<uint>.Zero;
        var c0 = CellAddress.Blocks(0, first);
        for (var k = 0; k < count; k++)
        {
            PhiloxLanes.Block(key, c0, Vector512.Create((uint)(slot + k)), Vector512.Create(vector), Vector512.Create(step),
                out var w0, out var w1, out var w2, out var w3);
            var bit = Vector512.Create(1u << k);
            r0 |= Vector512.LessThanOrEqual(w0, t0) & bit;
            r1 |= Vector512.LessThanOrEqual(w1, t1) & bit;
            r2 |= Vector512.LessThanOrEqual(w2, t2) & bit;
            r3 |= Vector512.LessThanOrEqual(w3, t3) & bit;
        }

        (r0 & Vector512.Load(fires)).Store(target);
        (r1 & Vector512.Load(fires + 16)).Store(target + 16);
        (r2 & Vector512.Load(fires + 32)).Store(target + 32);
        (r3 & Vector512.Load(fires + 48)).Store(target + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AnyFires(uint* fires) =>
        (Vector512.Load(fires) | Vector512.Load(fires + 16) | Vector512.Load(fires + 32) | Vector512.Load(fires + 48)) != Vector512<uint>.Zero;

    /// <inheritdoc/>
    public void Dispose()
    {
        _magnitude.Dispose();
        _dither.Dispose();
        _thresholds.Dispose();
        _fires.Dispose();
        _planes.Dispose();
        _negativePlanes.Dispose();
        _rowWords.Dispose();
        _wordSample.Dispose();
        _wordFirstPlane.Dispose();
        _scales.Dispose();
    }
}
