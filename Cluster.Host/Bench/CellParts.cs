using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Bench;

/// <summary>Something that the update of a cell consists of, for one mini-batch.</summary>
internal interface ICellPart : IDisposable
{
    /// <summary>Does it once; every call is the next step.</summary>
    void Run();
}

/// <summary>The update of an array with the first vectors of a mini-batch.</summary>
internal sealed class ArrayPart : ICellPart
{
    private readonly CellVectors _vectors;
    private readonly DeviceArray _devices;
    private readonly int _count;
    private readonly float _rate;
    private ulong _step;

    /// <summary>Builds the array.</summary>
    /// <param name="device">Its devices.</param>
    /// <param name="update">How pulses are made.</param>
    /// <param name="vectors">The mini-batch.</param>
    /// <param name="count">Vectors of it.</param>
    /// <param name="rate">Learning rate.</param>
    public ArrayPart(DeviceParameters device, UpdateParameters update, CellVectors vectors, int count, float rate)
    {
        (_vectors, _count, _rate) = (vectors, count, rate);
        Weights = new WeightMatrix(vectors.Size, vectors.Size);
        _devices = DeviceArrays.Create(device, update, vectors.Size, vectors.Size, new TileIdentity(1, 0));
        _devices.OnSetWeights(Weights, 0);
    }

    /// <summary>The weights.</summary>
    public WeightMatrix Weights { get; }

    /// <inheritdoc/>
    public void Run() => _devices.Update(Weights, ++_step, _rate, _vectors.Inputs(_count), _vectors.Gradients(_count), _count);

    /// <summary>Writes a column.</summary>
    public void WriteColumn() => _devices.Update(Weights, ++_step, _rate, _vectors.OneHot, _vectors.Column, 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        _devices.Dispose();
    }
}

/// <summary>A column read from one array and written to another behind every vector.</summary>
internal sealed class ColumnsPart(CellVectors vectors, WeightMatrix fast, IOParameters read, ArrayPart slow) : ICellPart
{
    private readonly MvmPass _pass = new(read, MvmDirection.Forward, vectors.Size, vectors.Size, new TileIdentity(1, 1));
    private readonly float[] _reading = new float[vectors.Size];
    private ulong _step;

    /// <inheritdoc/>
    public void Run()
    {
        _step++;
        for (var vector = 0; vector < CellVectors.Batch; vector++)
        {
            _pass.Run(fast, new ReadAddress(ReadPhase.Training, _step, vector), vectors.OneHot, _reading, 1);
            slow.WriteColumn();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        slow.Dispose();
        _pass.Dispose();
    }
}

/// <summary>All columns of an array read at once.</summary>
internal sealed class WholeReadPart : ICellPart
{
    private readonly int _size;
    private readonly WeightMatrix _weights;
    private readonly MvmPass _pass;
    private readonly float[] _oneHot;
    private readonly float[] _reading;
    private ulong _step;

    /// <summary>Prepares the reading.</summary>
    /// <param name="vectors">Size of the array.</param>
    /// <param name="weights">The array.</param>
    /// <param name="read">How it is read.</param>
    public WholeReadPart(CellVectors vectors, WeightMatrix weights, IOParameters read)
    {
        _size = vectors.Size;
        _weights = weights;
        _pass = new MvmPass(read, MvmDirection.Forward, _size, _size, new TileIdentity(1, 1));
        _oneHot = new float[_size * _size];
        _reading = new float[_size * _size];
        for (var column = 0; column < _size; column++) _oneHot[(column * _size) + column] = 1;
    }

    /// <inheritdoc/>
    public void Run() => _pass.Run(_weights, new ReadAddress(ReadPhase.Training, ++_step, 0), _oneHot, _reading, _size);

    /// <inheritdoc/>
    public void Dispose() => _pass.Dispose();
}

/// <summary>
/// What is written to all columns or rows of an array, a vector each. Several writes are taken in turn, since no two of them are alike in a cell.
/// </summary>
internal sealed class SlicesPart : ICellPart
{
    private const int Writes = 8;
    private readonly int _size;
    private readonly float _rate;
    private readonly bool _byRows;
    private readonly bool _clears;
    private readonly WeightMatrix _weights;
    private readonly DeviceArray _devices;
    private readonly float[][] _values;
    private readonly float[] _oneHot;
    private ulong _step;

    private SlicesPart(DeviceArray devices, float[][] values, int size, float rate, bool byRows, bool clears)
    {
        (_devices, _values, _size, _rate, _byRows, _clears) = (devices, values, size, rate, byRows, clears);
        _weights = new WeightMatrix(size, size);
        _devices.OnSetWeights(_weights, 0);
        _oneHot = new float[size * size];
        for (var slice = 0; slice < size; slice++) _oneHot[(slice * size) + slice] = 1;
    }

    /// <summary>Rows of whole pulses out of a digital sum that a mini-batch adds to before each write.</summary>
    /// <param name="device">Devices that get them.</param>
    /// <param name="update">How they are made; both managements are switched on.</param>
    /// <param name="vectors">The mini-batch.</param>
    /// <param name="rate">Learning rate of the sum.</param>
    public static SlicesPart OfSum(DeviceParameters device, UpdateParameters update, CellVectors vectors, float rate)
    {
        var devices = Create(device, update with { UpdateBlManagement = true, UpdateManagement = true }, vectors);
        var (size, granularity) = (vectors.Size, devices.WeightGranularity);
        var x = vectors.Inputs(CellVectors.Batch);
        var d = vectors.Gradients(CellVectors.Batch);
        var sums = new float[size * size];
        var values = new float[Writes][];
        for (var write = 0; write < Writes; write++)
        {
            values[write] = new float[sums.Length];
            for (var cell = 0; cell < sums.Length; cell++)
            {
                for (var b = 0; b < CellVectors.Batch; b++) sums[cell] += rate * d[(b * size) + (cell / size)] * x[(b * size) + (cell % size)];
                values[write][cell] = MathF.Truncate(sums[cell] / granularity);
                sums[cell] -= values[write][cell] * granularity;
            }
        }

        return new SlicesPart(devices, values, size, granularity, byRows: true, clears: false);
    }

    /// <summary>A share of the cells, anywhere, written with 0.2 behind a reset.</summary>
    /// <param name="device">Devices that get them.</param>
    /// <param name="update">How they are written.</param>
    /// <param name="vectors">Size of the array.</param>
    /// <param name="share">Part of the cells.</param>
    public static SlicesPart OfRefresh(DeviceParameters device, UpdateParameters update, CellVectors vectors, double share)
    {
        var values = new float[Writes][];
        for (var write = 0; write < Writes; write++)
        {
            values[write] = new float[vectors.Size * vectors.Size];
            BenchContext.FillUniform(values[write], (uint)write);
            foreach (ref var value in values[write].AsSpan()) value = value > 1 - (2 * share) ? -0.2f : 0;
        }

        return new SlicesPart(Create(device, update, vectors), values, vectors.Size, rate: 1, byRows: false, clears: true);
    }

    /// <inheritdoc/>
    public void Run()
    {
        if (_clears) _weights.Values.Clear();
        _step++;
        var values = _values[_step % Writes];
        _devices.Update(_weights, _step, _rate, _byRows ? values : _oneHot, _byRows ? _oneHot : values, _size);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weights.Dispose();
        _devices.Dispose();
    }

    private static DeviceArray Create(DeviceParameters device, UpdateParameters update, CellVectors vectors) =>
        DeviceArrays.Create(device, update, vectors.Size, vectors.Size, new TileIdentity(1, 0));
}
