using System.Buffers.Binary;

namespace Tessera.Protocol.Tests.Support;

/// <summary>Makes frames that nobody should send out of valid ones; the same seed makes the same.</summary>
internal sealed class FrameMutator(int seed, IReadOnlyList<byte[]> valid)
{
    private readonly Random _random = new(seed);

    /// <summary>The next one; sometimes it is still valid.</summary>
    public byte[] Next()
    {
        var frame = (byte[])Pick().Clone();
        for (var changes = _random.Next(1, 4); changes > 0; changes--)
        {
            frame = Change(frame);
        }

        return frame;
    }

    private byte[] Change(byte[] frame)
    {
        switch (_random.Next(frame.Length == 0 ? 1 : 8))
        {
            case 0:
                var bytes = new byte[_random.Next(64)];
                _random.NextBytes(bytes);
                return [.. frame, .. bytes];
            case 1:
                frame[_random.Next(frame.Length)] ^= (byte)(1 << _random.Next(8));
                return frame;
            case 2:
                frame[_random.Next(frame.Length)] = (byte)_random.Next(256);
                return frame;
            case 3:
                return frame[.._random.Next(frame.Length)];
            case 4:
                var other = Pick();
                return [.. frame[.._random.Next(frame.Length)], .. other[_random.Next(other.Length)..]];
            case 5:
                var from = _random.Next(frame.Length);
                return [.. frame[..from], .. frame[Math.Min(frame.Length, from + _random.Next(1, 5))..]];
            case 6:
                return Lengthen(frame);
            default:
                return FitLengths(frame);
        }
    }

    // A length or a count that says more than there is.
    private byte[] Lengthen(byte[] frame)
    {
        var position = _random.Next(frame.Length);
        var count = Math.Min(_random.Next(1, 5), frame.Length - position);
        frame.AsSpan(position, count).Fill((byte)(_random.Next(2) == 0 ? 0xff : 0x7f));
        return frame;
    }

    // Head and bytes agree again, so that the header itself is looked at.
    private static byte[] FitLengths(byte[] frame)
    {
        if (frame.Length >= 8)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)frame.Length - 4);
            var header = BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(4));
            BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), Math.Min(header, (uint)frame.Length - 8));
        }

        return frame;
    }

    private byte[] Pick() => valid[_random.Next(valid.Count)];
}
