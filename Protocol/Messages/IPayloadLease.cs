namespace Tessera.Protocol.Messages;

/// <summary>
/// Memory of a payload that is used again for other payloads. An edge holds it once for every mailbox in which a message with it lies, until the
/// message is handled.
/// </summary>
public interface IPayloadLease
{
    /// <summary>One more holder; each releases once.</summary>
    void Retain();

    /// <summary>One holder less; after the last one the memory is used for other payloads.</summary>
    void Release();
}
