namespace Tessera.Actors.Transport;

/// <summary>An address, a secret or a socket cannot be used: what was seen, what was expected, the way out.</summary>
public sealed class TransportException : Exception
{
    /// <summary>Creates the error.</summary>
    public TransportException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with the failure that showed it.</summary>
    public TransportException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
