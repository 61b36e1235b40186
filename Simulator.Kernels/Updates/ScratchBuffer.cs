using System.Runtime.CompilerServices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>Native working memory that grows to the largest size seen and is then reused; contents are not kept when it grows.</summary>
/// <typeparam name="T">Element type.</typeparam>
internal sealed unsafe class ScratchBuffer<T> : IDisposable
    where T : unmanaged
{
    private NativeBuffer<T>? _buffer;
    private T* _pointer;
    private long _length = -1;

    /// <summary>Bytes held.</summary>
    internal long Bytes => _buffer?.Bytes ?? 0;

    /// <summary>Memory for at least <paramref name="length"/> elements, with undefined contents.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T* Reserve(long length) => length <= _length ? _pointer : Grow(length);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private T* Grow(long length)
    {
        if (length > int.MaxValue)
        {
            throw new ArgumentException(
                $"The pulse trains of this mini-batch need {length} words, more than {int.MaxValue}. Use a smaller batch or a shorter train (update.desired_bl).");
        }

        // Half as much again, so that trains that grow a little at a time seldom allocate.
        var capacity = _buffer is null ? length : Math.Min(int.MaxValue, length + (length / 2));
        _buffer?.Dispose();
        _buffer = new NativeBuffer<T>(capacity);
        _pointer = _buffer.Pointer;
        _length = _buffer.Length;
        return _pointer;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer?.Dispose();
}
