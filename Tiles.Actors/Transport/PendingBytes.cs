using System.Buffers;

namespace Tessera.Actors.Transport;

/// <summary>Bytes that wait for a socket, in pooled chunks, first in first out. Guarded by whoever owns it.</summary>
internal sealed class PendingBytes
{
    private const int ChunkBytes = 256 * 1024;
    private readonly Queue<(byte[] Bytes, int Length)> _full = new();
    private byte[]? _last;
    private int _lastLength;
    private int _head; // bytes of the first chunk that were sent

    /// <summary>Bytes that wait.</summary>
    public long Count { get; private set; }

    /// <summary>Whether none waits.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Room at the end.</summary>
    /// <returns>1 byte or more; what is filled is told to <see cref="Advance"/>.</returns>
    public Span<byte> Room()
    {
        if (_last is not null && _lastLength == _last.Length)
        {
            _full.Enqueue((_last, _lastLength));
            _last = null;
        }

        if (_last is null)
        {
            _last = ArrayPool<byte>.Shared.Rent(ChunkBytes);
            _lastLength = 0;
        }

        return _last.AsSpan(_lastLength);
    }

    /// <summary>Bytes of <see cref="Room"/> that were filled.</summary>
    public void Advance(int count)
    {
        _lastLength += count;
        Count += count;
    }

    /// <summary>Copies bytes to the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var room = Room();
            var count = Math.Min(room.Length, bytes.Length);
            bytes[..count].CopyTo(room);
            Advance(count);
            bytes = bytes[count..];
        }
    }

    /// <summary>The first bytes in a row; empty if none waits.</summary>
    public ReadOnlySpan<byte> First() => _full.TryPeek(out var chunk)
        ? chunk.Bytes.AsSpan(_head, chunk.Length - _head)
        : _last is null ? [] : _last.AsSpan(_head, _lastLength - _head);

    /// <summary>Drops bytes of <see cref="First"/> that were sent.</summary>
    public void Consume(int count)
    {
        Count -= count;
        _head += count;
        if (_full.TryPeek(out var chunk))
        {
            if (_head == chunk.Length)
            {
                ArrayPool<byte>.Shared.Return(_full.Dequeue().Bytes);
                _head = 0;
            }
        }
        else if (_head == _lastLength)
        {
            Clear();
        }
    }

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        while (_full.TryDequeue(out var chunk))
        {
            ArrayPool<byte>.Shared.Return(chunk.Bytes);
        }

        if (_last is not null)
        {
            ArrayPool<byte>.Shared.Return(_last);
        }

        (_last, _lastLength, _head, Count) = (null, 0, 0, 0);
    }
}
