using Tessera.Protocol.Messages;

namespace Tessera.Actors.Stores;

/// <summary>Failures of a directory of blobs as errors of the store.</summary>
internal static class FileErrors
{
    private const int NoSpaceUnix = 28; // ENOSPC
    private const int QuotaLinux = 122; // EDQUOT
    private const int NoSpaceWindows = unchecked((int)0x80070070); // ERROR_DISK_FULL

    /// <summary>Translates.</summary>
    /// <param name="what">What was attempted: a verb.</param>
    /// <param name="path">File or folder.</param>
    /// <param name="error">The failure.</param>
    public static StoreException Translate(string what, string path, Exception error) => error switch
    {
        EndOfStreamException => new StoreException(
            Refusal.Damaged, $"Cannot {what} '{path}': {error.Message} Restore it from a backup or train the run again.", error),
        OverflowException => new StoreException(
            Refusal.Damaged, $"Cannot {what} '{path}': it is larger than any blob can be. Restore it from a backup or train the run again.", error),
        IOException { HResult: NoSpaceUnix or QuotaLinux or NoSpaceWindows } => new StoreException(
            Refusal.Full, $"Cannot {what} '{path}': there is no room. Free some space; checkpoints stored before stay good.", error),
        _ => new StoreException(
            Refusal.Unavailable,
            $"Cannot {what} '{path}': {error.Message} "
            + "Check that the directory is there, mounted on every machine of the run, and that this user may write it.", error),
    };
}
