using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Devices;

/// <summary>
/// The tightest bounds of each group of 16 neighbouring cells. They are small enough to stay in the cache, and a path that stays inside them
/// stays inside every cell's own bounds, which then need not be read.
/// </summary>
internal sealed unsafe class GroupBounds : IDisposable
{
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _groups;
    private readonly NativeBuffer<float> _maximum;
    private readonly NativeBuffer<float> _minimum;
    private bool _valid;

    internal GroupBounds(int rows, int columns)
    {
        _rows = rows;
        _columns = columns;
        _groups = Lanes.RoundUp(columns) / Lanes.Count;
        _maximum = new NativeBuffer<float>((long)rows * _groups);
        _minimum = new NativeBuffer<float>((long)rows * _groups);
    }

    /// <summary>Bytes held.</summary>
    internal long Bytes => _maximum.Bytes + _minimum.Bytes;

    /// <summary>The cells' bounds have changed.</summary>
    internal void Invalidate() => _valid = false;

    /// <summary>[row * groups + group]: lowest upper bound.</summary>
    internal float* Maximum(HiddenParameters hidden)
    {
        Refresh(hidden);
        return _maximum.Pointer;
    }

    /// <summary>[row * groups + group]: highest lower bound.</summary>
    internal float* Minimum(HiddenParameters hidden)
    {
        Refresh(hidden);
        return _minimum.Pointer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _maximum.Dispose();
        _minimum.Dispose();
    }

    private void Refresh(HiddenParameters hidden)
    {
        if (_valid) return;
        for (var row = 0; row < _rows; row++)
        {
            for (var group = 0; group < _groups; group++)
            {
                var maximum = float.PositiveInfinity;
                var minimum = float.NegativeInfinity;
                var end = Math.Min(_columns, (group + 1) * Lanes.Count);
                for (var column = group * Lanes.Count; column < end; column++)
                {
                    var index = (row * _groups * Lanes.Count) + column;
                    maximum = MathF.Min(maximum, hidden.Maximum.At(index));
                    minimum = MathF.Max(minimum, hidden.Minimum.At(index));
                }

                _maximum.Pointer[(row * _groups) + group] = maximum;
                _minimum.Pointer[(row * _groups) + group] = minimum;
            }
        }

        _valid = true;
    }
}
