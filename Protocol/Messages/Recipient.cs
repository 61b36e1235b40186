namespace Tessera.Protocol.Messages;

/// <summary>Which machine of a process handles a message. The numeric values travel between processes: never reuse one.</summary>
public enum Recipient : byte
{
    /// <summary>Nobody.</summary>
    None = 0,

    /// <summary>The tile of <see cref="Message.Tile"/>.</summary>
    Tile = 1,

    /// <summary>The coordinator with its digital stages.</summary>
    Coordinator = 2,

    /// <summary>Whoever started the run in this process: a command, a test.</summary>
    Client = 3,

    /// <summary>The node: which tiles this process hosts.</summary>
    Node = 4,

    /// <summary>The store client: retries and time limits in front of the store.</summary>
    StoreClient = 5,

    /// <summary>The store itself: an edge's door to a database or a folder.</summary>
    Store = 6,

    /// <summary>The control client: leases and leadership of this process.</summary>
    ControlClient = 7,

    /// <summary>The control plane itself: an edge's door to it.</summary>
    Control = 8,
}
