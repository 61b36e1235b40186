using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.UnitCells;

/// <summary>
/// Tiki-Taka: pulses go to the first array of a chain; slices of each array are read and written to the next (spec compounds, section 5). An update is
/// cut where transfers are due, which counters say beforehand; what an address needs of an event is the vector that it follows and the slice's number.
/// </summary>
internal class TransferCellArray : UnitCellArray
{
    private readonly TransferCompound _compound;
    private readonly SliceReader[] _readers;
    private readonly RandomKey _startKey;
    private readonly RandomKey _resetKey;
    private readonly float[] _starts;
    private readonly int _reads;
    private readonly int _turns; // events of one array behind one vector, each with addresses of its own
    private readonly TransferParts? _parts;
    private float[] _values = [];
    private float[] _oneHot = [];

    internal TransferCellArray(TransferCompound compound, PulsedArray[] devices, float[] gamma, int rows, int columns, TileIdentity tile)
        : base(devices, gamma, IsFullyHidden(gamma), rows, columns)
    {
        _compound = compound;
        Shape = SliceShape.Of(compound.TransferColumns, rows, columns);
        Schedule = new TransferSchedule(compound, devices.Length, Shape);
        _reads = Math.Min(compound.NReadsPerTransfer, Shape.InSize);
        _readers = new SliceReader[devices.Length - 1];
        for (var k = 0; k < _readers.Length; k++)
        {
            _readers[k] = new SliceReader(compound.TransferRead, Shape, rows, columns, tile.OfDevice(k, sharesTrains: false));
        }

        _startKey = RandomKey.Derive(tile, RandomStream.TransferStart, 0);
        _resetKey = RandomKey.Derive(tile, RandomStream.TransferReset, 0);
        _starts = new float[devices.Length];
        _turns = compound is ChoppedTransferCompound { Compat: CompatMode.Aihwkit } && (compound.TransferEvery < 0 || Schedule.Every(1, 1) > 0) ? 2 : 1;
        if (!compound.RandomSelection && _turns == 1 && !devices[0].CountsVectors && ReadsSlicesAlone(compound.TransferRead))
        {
            _parts = new TransferParts(Shape, _reads);
        }
    }

    /// <summary>Slices.</summary>
    protected SliceShape Shape { get; }

    /// <summary>When transfers happen.</summary>
    protected TransferSchedule Schedule { get; set; }

    /// <summary>Weights of a chain in the sum: gamma^(n - 1 - k), or the explicit ones.</summary>
    internal static float[] Weights(TransferCompound compound, int devices)
    {
        if (compound.GammaVec.Count > 0) return [.. compound.GammaVec];
        var gamma = new float[devices];
        gamma[^1] = 1;
        for (var k = devices - 2; k >= 0; k--) gamma[k] = gamma[k + 1] * compound.Gamma;
        return gamma;
    }

    /// <inheritdoc/>
    public override void Pulse(WeightMatrix weights, in PulseCall given, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        Remember(weights);
        Measure(given, x, d, batch);
        var call = given.ChoosesSize ? Sized(given, batch) : given;
        for (var first = 0; first < batch;)
        {
            var count = _parts is null
                ? Schedule.Until(UpdateCount, given.Units, batch - first)
                : _parts.Begin(Schedule, UpdateCount, (int)_starts[0], given.Units, batch - first);
            var seen = UpdateCount;
            var run = call.Segment(first, count);
            var xRun = x.Slice(first * Columns, count * Columns);
            var dRun = d.Slice(first * Rows, count * Rows);
            if (_parts is { IsCut: true }) PulseParts(weights, given, run, first, xRun, dRun, count);
            else PulseFast(weights, run, xRun, dRun, count);
            first += count;
            Count(weights, given, first - 1, seen + count);
        }

        Reduce(weights);
    }

    /// <inheritdoc/>
    public override void OnSetWeights(WeightMatrix weights, ulong step)
    {
        Remember(weights);
        ResetCounters();
        var last = Devices.Length - 1;
        for (var k = 0; k < last; k++) Devices[k].Clear(WeightsOf(k, weights));
        if (LastIsVisible)
        {
            Devices[last].OnSetWeights(weights, step);
            return;
        }

        var target = WeightsOf(last, weights).Values;
        var source = weights.Values;
        for (var i = 0; i < target.Length; i++) target[i] = source[i] / Gamma[last];
        for (var k = 0; k < Devices.Length; k++) Devices[k].OnSetWeights(WeightsOf(k, weights), step);
        Reduce(weights);
    }

    /// <summary>Only the fast array is reset.</summary>
    public override void ResetColumns(WeightMatrix weights, int start, int count, float probability, in DrawAddress at)
    {
        Remember(weights);
        Devices[0].ResetColumns(WeightsOf(0, weights), start, count, probability, at);
        Reduce(weights);
    }

    /// <inheritdoc/>
    public override void VisitState(ITileStateVisitor visitor)
    {
        base.VisitState(visitor);
        visitor.Visit("cell.slice_starts", 1, _starts.Length, _starts.Length, _starts);
        for (var k = 0; k < _readers.Length; k++) _readers[k].VisitState(new DeviceStateVisitor(visitor, $"device_{k}.transfer_"));
    }

    /// <inheritdoc/>
    public override long ScratchBytes(int batch)
    {
        var bytes = base.ScratchBytes(batch);
        foreach (var reader in _readers) bytes += reader.ScratchBytes(_reads);
        return bytes + (_parts is null ? 0 : TransferParts.ScratchBytes(Rows, Columns, batch));
    }

    /// <summary>What happens to the vectors of an update before their pulses.</summary>
    protected virtual void Measure(in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
    }

    /// <summary>The call with the fast array's learning rate; pulses are sized for the mean granularity of the chain (spec update, section 10).</summary>
    protected virtual PulseCall Sized(in PulseCall call, int batch) => call.Sized(FastRate(call.TileRate), [], WeightGranularity);

    /// <summary>Learning rate of the fast array.</summary>
    protected float FastRate(float tileRate) => _compound switch
    {
        { FastLr: > 0, ScaleFastLr: true } => _compound.FastLr * tileRate,
        { FastLr: > 0 } => _compound.FastLr,
        _ => tileRate,
    };

    /// <summary>Learning rate of the transfers of a device.</summary>
    protected virtual float TransferRate(int device, float tileRate)
    {
        var rate = _compound.TransferLrVec.Count > 0 ? _compound.TransferLrVec[device] : _compound.TransferLr;
        return _compound.ScaleTransferLr ? rate * tileRate : rate;
    }

    /// <summary>As <see cref="TransferRate"/>, in units of the visible weight where both devices show.</summary>
    protected float VisibleTransferRate(int device, float tileRate)
    {
        var rate = device + 1 < Gamma.Length && Gamma[device] > 0 && Gamma[device + 1] > 0 ? Gamma[device] / Gamma[device + 1] : 1;
        return TransferRate(device, tileRate) * rate;
    }

    /// <summary>Sends vectors to the fast array.</summary>
    protected virtual void PulseFast(WeightMatrix weights, in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int count) =>
        Devices[0].Pulse(WeightsOf(0, weights), call, x, d, count);

    /// <summary>Adds slices of a device to the next.</summary>
    protected virtual void Transfer(int from, int to, int start, int count, in TransferEvent happened)
    {
        var rate = TransferRate(from, happened.Call.TileRate);
        if (rate == 0 || to == from) return;
        var values = Read(from, start, count, happened);
        if (_compound.WithResetProb > 0) ResetRead(from, start, count, values, happened);

        // A negative gradient raises weights.
        foreach (ref var value in values) value = rate > 0 ? -value : value;
        Write(to, start, count, values, MathF.Abs(rate), count, happened);
    }

    /// <summary>Reads slices of a device.</summary>
    /// <returns>[count, OutSize], valid until the next read.</returns>
    protected Span<float> Read(int device, int start, int count, in TransferEvent happened)
    {
        var length = count * Shape.OutSize;
        if (_values.Length < length) _values = new float[length];
        var values = _values.AsSpan(0, length);
        _readers[device].Read(WeightsOf(device, happened.Weights), happened.Call.At.Step, SliceAddress(happened), start, count, values);
        return values;
    }

    /// <summary>Writes slices to a device: each cell changes by -rate times its value.</summary>
    protected void Write(int device, int start, int count, ReadOnlySpan<float> values, float rate, int units, in TransferEvent happened)
    {
        var length = count * Shape.InSize;
        if (_oneHot.Length < length) _oneHot = new float[length];
        var slices = _oneHot.AsSpan(0, length);
        for (var n = 0; n < count; n++) slices[(n * Shape.InSize) + ((start + n) % Shape.InSize)] = 1;
        var call = new PulseCall
        {
            At = happened.Call.At with { Vector = SliceAddress(happened) },
            TileRate = rate,
            Units = units,
            ChoosesSize = true,
        };
        Devices[device].Pulse(WeightsOf(device, happened.Weights), call, Shape.Columns ? slices : values, Shape.Columns ? values : slices, count);
        for (var n = 0; n < count; n++) slices[(n * Shape.InSize) + ((start + n) % Shape.InSize)] = 0;
    }

    /// <inheritdoc/>
    protected override void ResetCounters()
    {
        base.ResetCounters();
        _starts.AsSpan().Clear();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        foreach (var reader in _readers) reader.Dispose();
    }

    /// <summary>Whether a reading depends on nothing but its own slice: cells that get no input must stay silent.</summary>
    private static bool ReadsSlicesAlone(IOParameters io) =>
        io.IsPerfect || (io.InpNoise <= 0 && io.IrDrop <= 0 && io.VOffsetStd <= 0 && io.RSeries <= 0);

    private static bool IsFullyHidden(float[] gamma) => gamma[^1] == 1 && !gamma.AsSpan(0, gamma.Length - 1).ContainsAnyExcept(0f);

    /// <summary>
    /// A run of vectors with transfers in its middle: first what comes to every cell before its slice is read, then the transfers in their order, then the
    /// rest of the slices that were read. The transfer behind the last vector comes last, when all pulses of the run have been sent.
    /// </summary>
    private void PulseParts(
        WeightMatrix weights, in PulseCall given, in PulseCall run, int first, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int count)
    {
        var seen = UpdateCount;
        var parted = _parts!.Measure(run, x, d, count);
        _parts.Split(x, d, count, before: true, out var xPart, out var dPart);
        PulseFast(weights, parted, xPart, dPart, count);
        for (var vector = 0; vector < count - 1; vector++) Count(weights, given, first + vector, seen + vector + 1);
        _parts.Split(x, d, count, before: false, out xPart, out dPart);
        PulseFast(weights, parted.NextPart(), xPart, dPart, count);
    }

    /// <summary>Counts vectors, and does the transfers that are due then.</summary>
    private void Count(WeightMatrix weights, in PulseCall given, int vector, long seen)
    {
        UpdateCount = seen;
        RunTransfers(new TransferEvent { Weights = weights, Call = given, Vector = vector });
    }

    /// <summary>Vector word of the first slice of an event: every slice of every vector has its own.</summary>
    private uint SliceAddress(in TransferEvent happened) => EventAddress.Of(happened.Address, _reads * _turns) + (uint)(happened.Turn * _reads);

    private void RunTransfers(in TransferEvent happened)
    {
        for (var k = 0; k < Devices.Length; k++)
        {
            var every = Schedule.Every(k, happened.Call.Units);
            if (every == 0 || UpdateCount % every != 0) continue;
            var start = (int)_starts[k];
            if (_compound.RandomSelection)
            {
                var u = RandomField.UniformAt(_startKey, happened.Call.At with { Vector = happened.Address, Event = (uint)k }, 0, 0);
                start = Math.Min((int)(u * Shape.InSize), Shape.InSize - 1);
            }

            Transfer(k, Math.Min(k + 1, Devices.Length - 1), start, _reads, happened);
            _starts[k] = (start + _reads) % Shape.InSize;
        }
    }

    private void ResetRead(int device, int start, int count, Span<float> values, in TransferEvent happened)
    {
        var at = happened.Call.At with { Vector = SliceAddress(happened), Event = 1 };
        var own = WeightsOf(device, happened.Weights);
        for (var n = 0; n < count; n++)
        {
            var mine = at with { Vector = at.Vector + (uint)n };
            if (RandomField.UniformAt(_resetKey, mine, device, 0) >= _compound.WithResetProb) continue;
            if (_compound.Compat != CompatMode.Aihwkit)
            {
                Devices[device].ResetColumns(own, (start + n) % Shape.InSize, 1, 1, mine);
                continue;
            }

            // aihwkit resets all columns of the event that do not wrap around, and reads those that follow only then.
            var wraps = Shape.InSize - start;
            var block = n < wraps ? (First: start, Count: Math.Min(wraps, count)) : (First: 0, Count: count - wraps);
            Devices[device].ResetColumns(own, block.First, block.Count, 1, mine);
            var rest = n + 1 < count ? values[((n + 1) * Shape.OutSize)..] : [];
            if (rest.Length > 0)
            {
                _readers[device].Read(own, happened.Call.At.Step, at.Vector + (uint)n + 1, (start + n + 1) % Shape.InSize, count - n - 1, rest);
            }
        }
    }
}
