using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>Native working memory that grows to the largest size seen and is then reused; contents are not kept when it grows.</summary>
/// <typeparam name="T">Element type.</typeparam>
internal sealed unsafe class ScratchBuffer<T> : IDisposable
    where T : unmanaged
{
    private NativeBuffer<T>? _buffer;

    /// <summary>Bytes held.</summary>
    internal long Bytes => _buffer?.Bytes ?? 0;

    /// <summary>Memory for at least <paramref name="length"/> elements, with undefined contents.</summary>
    internal T* Reserve(long length)
    {
        if (_buffer is null || _buffer.Length < length)
        {
            if (length > int.MaxValue)
            {
                throw new ArgumentException(
                    $"The pulse trains of this mini-batch need {length} words, more than {int.MaxValue}. Use a smaller batch or a shorter train (update.desired_bl).");
            }

            _buffer?.Dispose();
            _buffer = new NativeBuffer<T>(length);
        }

        return _buffer.Pointer;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer?.Dispose();
}
