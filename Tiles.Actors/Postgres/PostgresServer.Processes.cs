using System.Globalization;
using System.Runtime.InteropServices;
using Tessera.Actors.Stores;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Postgres;

/// <content>The server's processes: the postmaster and its children, each in a session of its own.</content>
public sealed partial class PostgresServer
{
    private const int SignalNone = 0;
    private const int SignalQuit = 3; // of a postmaster: end at once, and take shared memory along
    private const int SignalKill = 9;
    private static readonly int SignalStop = OperatingSystem.IsMacOS() ? 17 : 19;
    private static readonly int SignalContinue = OperatingSystem.IsMacOS() ? 19 : 18;
    private static readonly TimeSpan EndingMax = TimeSpan.FromSeconds(30);

    private string PidFile => PidFileOf(DataFolder);

    /// <summary>Kills the postmaster as the operating system would, and waits until all its processes are gone.</summary>
    public void Kill()
    {
        if (RunningPostmaster() is not { } postmaster)
        {
            return;
        }

        var children = Children(postmaster);
        foreach (var child in children)
        {
            Signal(child, SignalContinue); // a frozen one would never see that its postmaster is gone
        }

        Signal(postmaster, SignalKill);
        RequireEnd([postmaster, .. children]);
    }

    /// <summary>Freezes all its processes: it accepts connections and says nothing.</summary>
    public void Pause() => SignalAll(SignalStop);

    /// <summary>Lets frozen processes go on.</summary>
    public void Resume() => SignalAll(SignalContinue);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SystemKill(int process, int signal);

    private static bool Signal(int process, int signal) => SystemKill(process, signal) == 0;

    private static List<int> Children(int parent)
    {
        var children = new List<int>();
        foreach (var folder in Directory.Exists("/proc") ? Directory.GetDirectories("/proc") : [])
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var process) && Parent(folder) == parent)
            {
                children.Add(process);
            }
        }

        return children;
    }

    private static int Parent(string folder)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            var parts = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries); // state, parent, ...; the name may hold anything
            return int.Parse(parts[1], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0; // ended meanwhile
        }
    }

    /// <summary>Whether a process is there and not only waits for its parent to take note of its end.</summary>
    private static bool Lives(int process)
    {
        if (!Signal(process, SignalNone))
        {
            return false;
        }

        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return !text[(text.LastIndexOf(')') + 1)..].TrimStart().StartsWith('Z');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return !Directory.Exists("/proc");
        }
    }

    private void SignalAll(int signal)
    {
        if (RunningPostmaster() is { } postmaster)
        {
            Signal(postmaster, signal); // first: it starts no further ones
            foreach (var child in Children(postmaster))
            {
                Signal(child, signal);
            }
        }
    }

    private void RequireEnd(IReadOnlyList<int> processes) => RequireEnd(processes, DataFolder);

    private static void RequireEnd(IReadOnlyList<int> processes, string data)
    {
        if (!SpinWait.SpinUntil(() => !processes.Any(Lives), EndingMax))
        {
            throw new StoreException(
                Refusal.Unavailable, $"Processes of the PostgreSQL server of '{data}' do not end: {string.Join(", ", processes.Where(Lives))}. End them.");
        }
    }

    /// <summary>Ends whatever server runs from a data directory, frozen or not.</summary>
    private static void End(string data)
    {
        if (RunningPostmaster(data) is { } postmaster)
        {
            var children = Children(postmaster);
            Signal(postmaster, SignalQuit);
            Signal(postmaster, SignalContinue);
            children.ForEach(child => Signal(child, SignalContinue));
            RequireEnd([postmaster, .. children], data);
        }
    }

    private static string PidFileOf(string data) => Path.Combine(data, "postmaster.pid");

    /// <summary>The postmaster that runs from this folder, or null.</summary>
    private int? RunningPostmaster() => RunningPostmaster(DataFolder);

    private static int? RunningPostmaster(string data) =>
        ReadPidFile(data) is { } file && Lives(file.Process) && IsOurs(file.Process, data) ? file.Process : null;

    /// <summary>A postmaster works in its data directory; another process that got its number after a crash does not.</summary>
    private static bool IsOurs(int process, string data)
    {
        try
        {
            return !Directory.Exists("/proc") || new FileInfo($"/proc/{process}/cwd").LinkTarget is not { } target || target == RealPath(data);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static string RealPath(string folder)
    {
        var path = Path.GetPathRoot(folder)!;
        foreach (var part in folder[path.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            path = Path.Combine(path, part);
            path = new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
        }

        return path;
    }

    /// <summary>
    /// What a server that no longer runs has left. PostgreSQL would do so itself, but not where its old number belongs to another process by now, or to one
    /// whose end nobody has taken note of yet.
    /// </summary>
    private void RemoveStaleFiles()
    {
        File.Delete(PidFile);
        foreach (var file in Directory.GetFiles(_socketFolder, ".s.PGSQL.*"))
        {
            File.Delete(file);
        }
    }

    /// <summary>A server that runs from this folder but cannot be reached as asked for makes room.</summary>
    private void StopOthers()
    {
        if (RunningPostmaster() is not null)
        {
            Stop();
        }
    }

    /// <summary>Process, port and socket folder from the file that a server keeps while it runs; null where there is none.</summary>
    private (int Process, int Port, string Socket)? ReadPidFile() => ReadPidFile(DataFolder);

    private static (int Process, int Port, string Socket)? ReadPidFile(string data)
    {
        try
        {
            var lines = File.ReadAllLines(PidFileOf(data)); // process, data directory, start, port, socket folder, address, shared memory, state
            return lines.Length >= 1 && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                ? (process,
                    lines.Length >= 4 && int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0,
                    lines.Length >= 5 ? lines[4].Trim() : string.Empty)
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
