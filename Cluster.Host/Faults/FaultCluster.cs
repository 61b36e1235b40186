using System.Diagnostics;
using System.Text.RegularExpressions;
using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Host.Cluster;
using Tessera.Host.Faults.Taps;
using Tessera.Host.Http;

namespace Tessera.Host.Faults;

/// <summary>
/// A cluster of real processes on a real database. Whoever waits for it gives up after <see cref="Patience"/> with the output of all processes, and
/// nothing of it outlives this object.
/// </summary>
internal sealed partial class FaultCluster : IDisposable
{
    /// <summary>The longest that anything may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private const int TermsMax = 12; // more than any case has faults and moves
    private const int PauseMilliseconds = 50; // between two looks
    private readonly Dictionary<string, LiveProcess> _processes = [];
    private readonly List<(string Name, LiveProcess Process)> _lives = []; // of a name, all
    private readonly Dictionary<string, Uri> _nodeAddresses = [];
    private readonly StatusClient _client = new(token: null);
    private readonly string _folder = Directory.CreateTempSubdirectory("tessera-faults-").FullName;
    private readonly FaultlessRun _reference;
    private bool _isDown;
    private readonly string _run = "run-" + Guid.NewGuid().ToString("n")[..8];

    /// <summary>A cluster without processes.</summary>
    /// <param name="server">The server of its database.</param>
    /// <param name="reference">What it trains.</param>
    /// <param name="isTapped">Whether all connections go through <see cref="Taps"/>; the server then listens on TCP.</param>
    public FaultCluster(PostgresServer server, FaultlessRun reference, bool isTapped = false)
    {
        Server = server;
        _reference = reference;
        Taps = isTapped ? new ClusterTaps(server.ConnectionString) : null;
    }

    /// <summary>The server of its database.</summary>
    public PostgresServer Server { get; }

    /// <summary>Sees every line of every process as it comes: name and line; from any thread.</summary>
    public Action<string, string>? Follow { get; init; }

    /// <summary>What all connections go through, or null.</summary>
    public ClusterTaps? Taps { get; }

    /// <summary>Name of the run in the database.</summary>
    public string Run => _run;

    /// <summary>Starts a node, or starts it again.</summary>
    public void StartNode(string name, int cores = 1)
    {
        _nodeAddresses.Remove(name);
        Start(name, ["node", "--name", name, "--cores", $"{cores}", "--threads", "1", "--memory", "1GiB", .. Taps?.ArgumentsOf(name) ?? []]);
    }

    /// <summary>Starts a coordinator, or starts it again.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="nodes">Nodes that it waits for before the first tile is placed.</param>
    public void StartCoordinator(string name, int nodes = 1) =>
        Start(name, "coordinator", _reference.Experiment, "--name", name, "--nodes", $"{nodes}", "--threads", "1", "--run-dir", Path.Combine(_folder, name));

    /// <summary>Starts <c>tessera node --drain</c>, which ends when the node is empty.</summary>
    public void StartDrain(string node) => Start("drain-" + node, "node", "--drain", node);

    /// <summary>SIGKILL.</summary>
    public void Kill(string name) => FaultException.Require(_processes[name].Kill(), () => Report($"{name} had ended before it was killed"));

    /// <summary>SIGSTOP.</summary>
    public void Freeze(string name) => _processes[name].Send(LiveProcess.Freeze);

    /// <summary>SIGCONT.</summary>
    public void Thaw(string name) => _processes[name].Send(LiveProcess.Thaw);

    /// <summary>The status of a process, or null where it does not say.</summary>
    public ProcessStatus? Status(string name)
    {
        ProcessStatus? status = AddressOf(name) is { } address ? _client.Ask([address])[0].Status : null;
        if (status is null) { _nodeAddresses.Remove(name); } // perhaps of its last life
        return status;
    }

    /// <summary>Waits until the status of a process is so.</summary>
    public ProcessStatus AwaitStatus(string name, string what, Func<ProcessStatus, bool> isSo)
    {
        ProcessStatus? last = null;
        Await(
            $"{name}: {what}",
            () => Status(name) is { } status && isSo(last = status),
            () => $"last status: {(last is null ? "none" : System.Text.Encoding.UTF8.GetString(StatusJson.Write(last)))}",
            () => _processes[name].HasEnded);
        return last!;
    }

    /// <summary>Waits until a coordinator leads, trains, and has committed a checkpoint at this step or later.</summary>
    public ProcessStatus AwaitCheckpoint(string coordinator, long step) => AwaitStatus(
        coordinator, $"a checkpoint at step {step} or later", status => status.Leader == coordinator && status.CheckpointStep >= step);

    /// <summary>Waits until a process ends: 0 and its output.</summary>
    public ProcessResult AwaitEnd(string name)
    {
        Await($"{name}: the end", () => _processes[name].HasEnded, () => string.Empty, () => false);
        ProcessResult result = _processes[name].AwaitEnd();
        FaultException.Require(result.ExitCode == 0, () => Report($"{name} ended with {result.ExitCode}"));
        return result;
    }

    /// <summary>Waits until a frame is held.</summary>
    public void AwaitHeld(TapHold hold, string what) =>
        Await(what, () => hold.IsHeld, () => string.Empty, () => false);

    /// <summary>Waits until something is so that no process tells.</summary>
    public void AwaitUntil(string what, Func<bool> isSo) => Await(what, isSo, () => string.Empty, () => false);

    /// <summary>Waits until a coordinator ends with the hash of the fault-free run, and checks the store and what went through taps.</summary>
    /// <param name="coordinator">Its name.</param>
    /// <param name="termsMax">More terms than faults and moves explain.</param>
    /// <param name="damagedStep">The step of a checkpoint that was damaged, behind which the run may have gone back; otherwise null.</param>
    public void AwaitSameHash(string coordinator, int termsMax = TermsMax, ulong? damagedStep = null)
    {
        string hash = AwaitEnd(coordinator).Value("hash");
        FaultException.Require(hash == _reference.Hash, () => Report($"I4: hash {hash} instead of {_reference.Hash}"));
        IReadOnlyList<string> problems =
        [
            .. RunAudit.Read(Server.ConnectionString, _run, _reference, termsMax, isFinished: true, damagedStep),
            .. Taps?.Watch.Problems ?? [],
        ];
        FaultException.Require(problems.Count == 0, () => Report(string.Join('\n', problems)));
    }

    /// <summary>Everything that was printed, in front of what went wrong.</summary>
    public string Report(string problem) =>
        problem + "\n" + string.Join('\n', _lives.Select(life => $"--- {Title(life.Name, life.Process)}\n{Shortened(life.Process.Printed)}"));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDown, true)) { return; }
        foreach ((_, LiveProcess process) in _lives) { process.Dispose(); }
        Taps?.Dispose();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex(@"serves health and status at (http://\S+)")]
    private static partial Regex Serves();

    private static string Title(string name, LiveProcess process) => process.HasEnded ? name + " (ended)" : name;

    /// <summary>Without the lines of all epochs, which are many.</summary>
    private static string Shortened(string printed) =>
        string.Join('\n', printed.Split('\n').Where(line => !line.StartsWith("epoch ", StringComparison.Ordinal)));

    private void Start(string name, params string[] arguments)
    {
        ProcessStartInfo command = TesseraCommand.Of(arguments);
        command.Environment[ClusterOptions.DatabaseVariable] = Taps?.DatabaseOf(name) ?? Server.ConnectionString;
        command.Environment[ClusterOptions.RunVariable] = _run;
        command.Environment["DOTNET_TC_QuickJitForLoops"] = "1"; // starts sooner
        LiveProcess process = LiveProcess.Start(command, Follow is { } follow ? line => follow(name, line) : null);
        _processes[name] = process;
        _lives.Add((name, process));
    }

    /// <summary>A coordinator tells it in its log, a node the database; a node is known from there on, also while the database is away.</summary>
    private Uri? AddressOf(string name)
    {
        Match served = Serves().Match(_processes[name].Printed);
        if (served.Success) { return StatusUrl.Parse(served.Groups[1].Value); }
        if (_nodeAddresses.TryGetValue(name, out Uri? known)) { return known; }
        try
        {
            using PostgresControlPlane plane = new(Server.ConnectionString, _run);
            string? http = plane.Members().Members.FirstOrDefault(member => member.Name == name)?.Http;
            return string.IsNullOrEmpty(http) ? null : _nodeAddresses[name] = StatusUrl.Parse(http);
        }
        catch (StoreException)
        {
            return null; // not begun yet, or not there
        }
    }

    private void Await(string what, Func<bool> isSo, Func<string> detail, Func<bool> isOver)
    {
        long start = Stopwatch.GetTimestamp();
        object gate = new();
        while (!isSo())
        {
            bool ended = isOver();
            if (ended || Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new FaultException(Report($"{what}: {(ended ? "the process ended before" : $"not within {Patience}")}; {detail()}"));
            }

            lock (gate) { Monitor.Wait(gate, PauseMilliseconds); }
        }
    }
}
