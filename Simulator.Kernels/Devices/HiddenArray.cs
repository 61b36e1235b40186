using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

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
    private NativeBuffer<float>? _values;
    private float _constant;

    internal HiddenArray(string name, int rows, int columns)
    {
        Name = name;
        _rows = rows;
        _columns = columns;
        _stride = Lanes.RoundUp(columns);
    }

    /// <summary>aihwkit's name of the parameter.</summary>
    internal string Name { get; }

    /// <summary>Whether the array is kept as one value.</summary>
    internal bool IsConstant => _values is null;

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
            _values = new NativeBuffer<float>((long)_rows * _stride);
            for (var row = 0; row < _rows; row++)
            {
                _values.Span.Slice(row * _stride, _columns).Fill(_constant);
            }
        }

        return _values.Pointer;
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
