using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Devices;

/// <summary>
/// One hidden parameter of every cell: [row * stride + column], row-padded with zeros like the weights. An array whose cells all have one value
/// is kept as that value until somebody sets it.
/// </summary>
internal sealed unsafe class HiddenArray : IDisposable
{
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _stride;
    private StateBuffer? _values;
    private float _constant;
    private bool _isHalf;

    internal HiddenArray(string name, int rows, int columns)
    {
        Name = name;
        _rows = rows;
        _columns = columns;
        _stride = Lanes.RoundUp(columns);
    }

    /// <summary>aihwkit's name of the parameter.</summary>
    internal string Name { get; }

    /// <summary>Bytes held.</summary>
    internal long Bytes => _values?.Bytes ?? 0;

    /// <summary>First element; null while the array is kept as one value.</summary>
    internal float* Pointer => _values is null ? null : _values.Pointer;

    /// <summary>Makes every cell the same.</summary>
    internal void SetConstant(float value)
    {
        _values?.Dispose();
        _values = null;
        _constant = value;
    }

    /// <summary>Gives every cell its own value, starting from the common one.</summary>
    internal float* Materialise()
    {
        if (_values is null)
        {
            _values = new StateBuffer((long)_rows * _stride, _isHalf);
            for (var row = 0; row < _rows; row++)
            {
                _values.Span.Slice(row * _stride, _columns).Fill(_constant);
            }
        }

        return _values.Pointer;
    }

    /// <summary>Keeps the cells in 16 bits from now on, each with a value of its own.</summary>
    internal StateBuffer KeepHalf()
    {
        _ = Materialise();
        _isHalf = true;
        return _values = _values!.ToHalf();
    }

    /// <summary>Replaces every value by the 16-bit number next to it on the side of zero, so that what is rounded between such bounds stays between them.</summary>
    internal void RoundTowardsZero()
    {
        _constant = TowardsZero(_constant);
        if (_values is null) return;
        foreach (ref var value in _values.Span) value = TowardsZero(value);
    }

    /// <summary>Names the array to a visitor as it is kept.</summary>
    internal void Visit(ITileStateVisitor visitor, string name) => _values!.Visit(visitor, name, _rows, _columns, _stride);

    private static float TowardsZero(float value)
    {
        var nearest = HalfReference.ToNearest(value);
        if (MathF.Abs(HalfReference.ToSingle(nearest)) > MathF.Abs(value)) nearest--;
        return HalfReference.ToSingle(nearest);
    }

    /// <summary>16 neighbouring cells.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector512<float> Load(int index) => _values is null ? Vector512.Create(_constant) : Vector512.Load(_values.Pointer + index);

    /// <summary>One cell.</summary>
    internal float At(int index) => _values is null ? _constant : _values.Pointer[index];

    /// <summary>Copies to a dense [rows, columns] array.</summary>
    internal void CopyTo(Span<float> dense)
    {
        for (var row = 0; row < _rows; row++)
        {
            var target = dense.Slice(row * _columns, _columns);
            if (_values is null) target.Fill(_constant);
            else _values.Span.Slice(row * _stride, _columns).CopyTo(target);
        }
    }

    /// <summary>Copies from a dense [rows, columns] array.</summary>
    internal void CopyFrom(ReadOnlySpan<float> dense)
    {
        _ = Materialise();
        for (var row = 0; row < _rows; row++)
        {
            dense.Slice(row * _columns, _columns).CopyTo(_values!.Span.Slice(row * _stride, _columns));
        }
    }

    /// <summary>The live values with their padding; the array must have values of its own.</summary>
    internal Span<float> Values => _values!.Span;

    /// <inheritdoc/>
    public void Dispose() => _values?.Dispose();
}
