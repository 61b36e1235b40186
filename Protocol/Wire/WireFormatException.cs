namespace Tessera.Protocol.Wire;

/// <summary>Bytes of the data plane that are not what docs/protocol.md says, or a message that cannot travel: what was seen, what was expected.</summary>
public sealed class WireFormatException : Exception
{
    /// <summary>Creates the error.</summary>
    public WireFormatException(string message)
        : base(message)
    {
    }
}
