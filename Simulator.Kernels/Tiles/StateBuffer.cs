using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tiles;

/// <summary>
/// One array of the mutable state of a tile: [row * stride + column], row-padded with zeros. It is kept in 32 bits, or in 16 bits with a working copy in
/// 32 bits between <see cref="Open"/> and <see cref="Close"/>, so that whoever computes sees 32-bit numbers only.
/// </summary>
internal sealed unsafe class StateBuffer : IDisposable
{
    private readonly int _length;
    private readonly NativeBuffer<ushort>? _kept;
    private NativeBuffer<float>? _values;
    private float* _pointer;

    /// <summary>Makes zeros; a buffer of 16 bits is open.</summary>
    internal StateBuffer(long length, bool isHalf)
    {
        _length = checked((int)length);
        if (isHalf)
        {
            _kept = new NativeBuffer<ushort>(length);
            Open();
            return;
        }

        _values = new NativeBuffer<float>(length);
        _pointer = _values.Pointer;
    }

    /// <summary>Whether the state is kept in 16 bits.</summary>
    internal bool IsHalf => _kept is not null;

    /// <summary>Bytes held, without the working copy.</summary>
    internal long Bytes => (long)_length * (IsHalf ? sizeof(ushort) : sizeof(float));

    /// <summary>First value; null while the array is closed.</summary>
    internal float* Pointer => _pointer;

    /// <summary>All values with their padding; the array must be open.</summary>
    internal Span<float> Span => _pointer is null
        ? throw new ObjectDisposedException(nameof(StateBuffer), "The 16-bit state is closed; it has values between Open and Close.")
        : new Span<float>(_pointer, _length);

    /// <summary>The numbers as they are kept.</summary>
    internal Span<Half> Kept => new(_kept!.Pointer, _length);

    /// <summary>The same values kept in 16 bits, open and not rounded yet. This buffer is disposed of.</summary>
    internal StateBuffer ToHalf()
    {
        var half = new StateBuffer(_length, isHalf: true);
        Span.CopyTo(half.Span);
        Dispose();
        return half;
    }

    /// <summary>Names the array to a visitor as it is kept.</summary>
    internal void Visit(ITileStateVisitor visitor, string name, int rows, int columns, int stride)
    {
        if (IsHalf) visitor.VisitHalf(name, rows, columns, stride, Kept);
        else visitor.Visit(name, rows, columns, stride, Span);
    }

    /// <summary>Makes the working copy; nothing happens where there is none to make.</summary>
    internal void Open()
    {
        if (_kept is null || _values is not null) return;
        _values = LentFloats.Take(_length);
        _pointer = _values.Pointer;
        HalfField.Widen(_kept.Pointer, _pointer, _length);
    }

    /// <summary>Gives the working copy up.</summary>
    /// <param name="keeps">Whether its values are kept, each as the nearest 16-bit number.</param>
    internal void Close(bool keeps)
    {
        if (_kept is null || _values is null) return;
        if (keeps) HalfField.Narrow(_pointer, _kept.Pointer, _length);
        _pointer = null;
        LentFloats.Return(_values);
        _values = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_kept is null)
        {
            _values?.Dispose();
            _pointer = null;
            return;
        }

        Close(keeps: false);
        _kept.Dispose();
    }
}
