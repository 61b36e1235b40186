using Tessera.Protocol.Messages;

namespace Tessera.Actors.Stores;

/// <summary>A store did not do what it was asked: what was seen, what was expected, the way out.</summary>
public sealed class StoreException : Exception
{
    /// <summary>Creates the error.</summary>
    public StoreException(Refusal refusal, string message, Exception? inner = null)
        : base(message, inner) => Refusal = refusal;

    /// <summary>What the asker can do about it.</summary>
    public Refusal Refusal { get; }
}
