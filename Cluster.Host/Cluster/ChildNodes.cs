using System.Diagnostics;
using System.Globalization;

namespace Tessera.Host.Cluster;

/// <summary>Nodes as processes of their own on this machine. They end with this object, and with this process however it goes.</summary>
internal sealed class ChildNodes : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private readonly List<Process> _processes = [];
    private readonly List<StreamWriter> _logs = [];
    private readonly ClusterPlace _cluster;
    private readonly string _serverFolder;
    private readonly string _logFolder;
    private readonly string _sockets;

    /// <summary>Prepares to start nodes.</summary>
    /// <param name="cluster">Which run.</param>
    /// <param name="serverFolder">Folder of the database server, which the nodes' sockets go into; the first node deletes it where this process is killed.</param>
    /// <param name="logFolder">Where their log lines go, a file each.</param>
    /// <param name="group">Name of the sockets' folder there, short, another one for each cluster on the server.</param>
    public ChildNodes(ClusterPlace cluster, string serverFolder, string logFolder, string group = "nodes")
    {
        _cluster = cluster;
        _sockets = Path.Combine(serverFolder, group);
        _serverFolder = serverFolder;
        _logFolder = logFolder;
        Directory.CreateDirectory(logFolder);
        Directory.CreateDirectory(_sockets);
    }

    /// <summary>Starts one more.</summary>
    /// <param name="cores">Its share of the tiles.</param>
    /// <param name="threads">Its threads.</param>
    public void Start(int cores, int threads)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"node-{_processes.Count + 1}");
        ProcessStartInfo start = OwnProgram.Start([], Arguments(name, cores, threads, isFirst: _processes.Count == 0));
        start.Environment[ClusterOptions.DatabaseVariable] = _cluster.Database;
        start.Environment[ClusterOptions.RunVariable] = _cluster.Run;
        StreamWriter log = new(Path.Combine(_logFolder, name + ".log")) { AutoFlush = true };
        Process process = new() { StartInfo = start };
        process.OutputDataReceived += (_, line) => Write(log, line.Data);
        process.ErrorDataReceived += (_, line) => Write(log, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
        _logs.Add(log);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Process process in _processes) { SayFarewell(process); }
        long deadline = Stopwatch.GetTimestamp() + (long)(Grace.TotalSeconds * Stopwatch.Frequency);
        foreach (Process process in _processes)
        {
            TimeSpan left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), deadline);
            if (!process.WaitForExit(left > TimeSpan.Zero ? left : TimeSpan.Zero)) { process.Kill(); }
            process.WaitForExit();
            process.Dispose();
        }

        foreach (StreamWriter log in _logs) { log.Dispose(); }
    }

    private static void SayFarewell(Process process)
    {
        try
        {
            process.StandardInput.Write(ParentWatch.Farewell);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended before.
        }
    }

    private static void Write(StreamWriter log, string? line)
    {
        if (line is not null) { lock (log) { log.WriteLine(line); } }
    }

    private IEnumerable<string> Arguments(string name, int cores, int threads, bool isFirst)
    {
        yield return "node";
        yield return "--with-parent";
        if (isFirst) { yield return $"--with-server={_serverFolder}"; }
        yield return $"--name={name}";
        yield return $"--listen=unix:{Path.Combine(_sockets, name)}";
        yield return string.Create(CultureInfo.InvariantCulture, $"--cores={cores}");
        yield return string.Create(CultureInfo.InvariantCulture, $"--threads={threads}");
        if (_cluster.Blobs is not null) { yield return $"--blobs={_cluster.Blobs}"; }
    }
}
