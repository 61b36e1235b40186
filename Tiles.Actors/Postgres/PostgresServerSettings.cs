namespace Tessera.Actors.Postgres;

/// <summary>Where a private server lives and how it is reached.</summary>
public sealed record PostgresServerSettings
{
    /// <summary>
    /// Folder of the server, created where missing and kept; a server of before is opened again. Null is a new temporary one, which goes with the
    /// server.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>Whether the folder goes with the server, and what is in it need not outlast the machine's power. Always so where there is no <see cref="Folder"/>.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>
    /// Whether it listens on a free port of 127.0.0.1 as well, with a password of its own in the connection string; otherwise on a Unix socket alone, in a
    /// folder that only its account may enter.
    /// </summary>
    public bool ListenOnTcp { get; init; }

    /// <summary>Connections at once, 60 by default. Each process of a cluster takes two or three.</summary>
    public int ConnectionsMax { get; init; } = 60;
}
