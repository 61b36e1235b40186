namespace Tessera.Protocol.Snapshots;

/// <summary>Bytes that are not what their format says: what was seen, what was expected, the way out.</summary>
public sealed class SnapshotFormatException : Exception
{
    /// <summary>Creates the error.</summary>
    public SnapshotFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with the failure that showed it.</summary>
    public SnapshotFormatException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
