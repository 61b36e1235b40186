using System.Runtime.InteropServices;

namespace Tessera.Kernels.Numerics;

/// <summary>Zeroed native memory aligned to a cache line. It never moves and the garbage collector never scans it.</summary>
/// <typeparam name="T">Element type.</typeparam>
public sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const nuint Alignment = 64;
    private T* _pointer;

    /// <summary>Allocates zeroed memory.</summary>
    /// <param name="length">Elements, 1 to 2^31 - 1.</param>
    public NativeBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, int.MaxValue);
        Length = (int)length;
        var bytes = (nuint)Math.Max(1, length) * (nuint)sizeof(T);
        _pointer = (T*)NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(_pointer, bytes);
    }

    /// <summary>Releases memory whose owner forgot to.</summary>
    ~NativeBuffer() => Release();

    /// <summary>Elements.</summary>
    public int Length { get; }

    /// <summary>Bytes held, for accounting.</summary>
    public long Bytes => (long)Length * sizeof(T);

    /// <summary>The elements; not valid after <see cref="Dispose"/>.</summary>
    public Span<T> Span => _pointer is null ? throw new ObjectDisposedException(nameof(NativeBuffer<T>)) : new Span<T>(_pointer, Length);

    /// <summary>Address of the first element; the caller keeps the buffer alive.</summary>
    public T* Pointer => _pointer;

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (_pointer is not null)
        {
            NativeMemory.AlignedFree(_pointer);
            _pointer = null;
        }
    }
}
