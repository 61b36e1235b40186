using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Checkpoints;

/// <summary>A blob of what the coordinator itself holds.</summary>
/// <param name="kind">Kind in the manifest.</param>
/// <param name="name">Name in the manifest.</param>
/// <param name="bytes">The bytes; nobody changes them.</param>
/// <param name="ticket">Number of the request that stores it.</param>
internal sealed class OwnBlob(string kind, string name, byte[] bytes, ulong ticket)
{
    /// <summary>Kind in the manifest.</summary>
    public string Kind { get; } = kind;

    /// <summary>Name in the manifest.</summary>
    public string Name { get; } = name;

    /// <summary>The bytes.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>Number of the request that stores it.</summary>
    public ulong Ticket { get; } = ticket;

    /// <summary>Name of the bytes, once they are stored.</summary>
    public BlobHash? Hash { get; set; }
}
