using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Devices;

/// <summary>
/// How many up and down pulses each device has received, part of a snapshot. Counts are whole numbers in 32-bit floats, exact up to 2^24 = 16,777,216,
/// beyond that rounded.
/// </summary>
internal sealed unsafe class PulseCounts : IDisposable
{
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _stride;
    private readonly NativeBuffer<float> _up;
    private readonly NativeBuffer<float> _down;

    internal PulseCounts(int rows, int columns)
    {
        _rows = rows;
        _columns = columns;
        _stride = Lanes.RoundUp(columns);
        _up = new NativeBuffer<float>((long)rows * _stride);
        _down = new NativeBuffer<float>((long)rows * _stride);
    }

    /// <summary>Bytes held.</summary>
    internal long Bytes => _up.Bytes + _down.Bytes;

    /// <summary>[row * stride + column] up pulses.</summary>
    internal float* Up => _up.Pointer;

    /// <summary>[row * stride + column] down pulses.</summary>
    internal float* Down => _down.Pointer;

    /// <summary>Copies to dense [rows, columns] arrays.</summary>
    internal void CopyTo(Span<long> up, Span<long> down)
    {
        for (var row = 0; row < _rows; row++)
        {
            for (var column = 0; column < _columns; column++)
            {
                up[(row * _columns) + column] = (long)Up[(row * _stride) + column];
                down[(row * _columns) + column] = (long)Down[(row * _stride) + column];
            }
        }
    }

    /// <summary>Names what a snapshot keeps.</summary>
    internal void VisitState(ITileStateVisitor visitor)
    {
        visitor.Visit("pulses.up", _rows, _columns, _stride, _up.Span);
        visitor.Visit("pulses.down", _rows, _columns, _stride, _down.Span);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _up.Dispose();
        _down.Dispose();
    }
}
