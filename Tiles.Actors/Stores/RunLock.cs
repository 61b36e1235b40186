using System.Globalization;
using System.Text;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Stores;

/// <summary>
/// Admits one process to write a run. The operating system holds the lock and lets it go when the process ends, however it ends; the file stays and
/// says who held it last. On network file systems that know no locks it admits everyone.
/// </summary>
public sealed class RunLock : IDisposable
{
    /// <summary>Name of the file in a run's folder.</summary>
    public const string FileName = "run.lock";

    private const int WouldBlock = 11; // EWOULDBLOCK of Linux
    private const int WouldBlockMac = 35; // EWOULDBLOCK of macOS
    private const int SharingViolation = unchecked((int)0x80070020); // of Windows
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the lock or fails at once.</summary>
    /// <param name="folder">The run's folder, which exists.</param>
    /// <exception cref="StoreException">Another process has it, or the file cannot be written.</exception>
    public static RunLock Take(string folder)
    {
        var path = Path.Combine(Path.GetFullPath(folder), FileName);
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
            file.Flush();
            return new RunLock(file);
        }
        catch (IOException error) when (file is null && error.HResult is WouldBlock or WouldBlockMac or SharingViolation)
        {
            throw new StoreException(
                Refusal.Unavailable,
                $"'{path}' is locked: another process, whose number stands in it, trains this run. "
                + "Wait until it ends, end it, or choose another folder.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new StoreException(
                Refusal.Unavailable,
                $"Cannot write '{path}': {error.Message} A run needs a folder that exists and that this user may write.", error);
        }
    }

    /// <summary>Whether a process has the lock now. Asking takes it for a moment, but never away from anyone.</summary>
    /// <param name="folder">The run's folder.</param>
    public static bool IsHeld(string folder)
    {
        var path = Path.Combine(Path.GetFullPath(folder), FileName);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (IOException error) when (error.HResult is WouldBlock or WouldBlockMac or SharingViolation)
        {
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // no such file: nobody has begun
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
