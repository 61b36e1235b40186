namespace Tessera.Host.Faults.Taps;

/// <summary>Cuts the bytes of one direction of one connection into frames.</summary>
internal interface ITapProtocol
{
    /// <summary>Bytes of the frame at the front, or 0 where it is not whole yet.</summary>
    int Measure(ReadOnlySpan<byte> bytes);

    /// <summary>Reads the frame at the front.</summary>
    /// <param name="bytes">As many bytes as <see cref="Measure"/> said.</param>
    TapFrame Read(byte[] bytes);
}

/// <summary>What a connection speaks, each way.</summary>
/// <param name="Forth">What the side says that connected.</param>
/// <param name="Back">What it is answered.</param>
internal sealed record TapProtocols(ITapProtocol Forth, ITapProtocol Back);
