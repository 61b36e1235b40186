using System.CommandLine;
using System.Globalization;
using Tessera.Actors.Transport;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Host.Cluster;
using Tessera.Host.Configuration;
using Tessera.Host.Runs;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera up</c>: a cluster on one machine in one command.</summary>
internal sealed class UpCommand
{
    private const string CoordinatorName = "coordinator";
    private readonly CliConsole _console;
    private readonly ExperimentOptions _experiment = new();
    private readonly Option<string?> _nodes = NodesOption.Create("Nodes to start; default 2.");
    private readonly Option<string?> _cores = new("--cores") { Description = "Shares of the nodes, separated by commas, for instance 1,3; default equal ones.", HelpName = "N,N,..." };
    private readonly Option<string?> _threads = ThreadsOption.Create();
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line instead of text." };
    private readonly Option<string?> _runDir = new("--run-dir")
    {
        Description = "Folder for the run, new, empty, or of a run of the same experiment to go on with; default runs/<experiment>-<seed>-<n>, new.",
        HelpName = "FOLDER",
    };


    private UpCommand(CliConsole console) => _console = console;

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        UpCommand up = new(console);
        TaughtCommand command = new(
            "up",
            "Train on a cluster of processes on this machine: a private PostgreSQL, nodes and a coordinator, taken down at the end.",
            """
            The result has the bits, and the hash, of 'tessera train' with the same experiment. The run folder is as that of 'train': every checkpoint goes there, so
            that whatever ends the cluster, 'up' with the same --run-dir goes on with it on a new one, and 'resume' in one process. Logs are in its folder logs.

            Examples:
              tessera up examples/mnist-mlp.yaml --nodes 4
              tessera up examples/mnist-mlp.yaml --nodes 2 --run-dir runs/mnist-mlp-1-1
            """);
        up._experiment.AddTo(command);
        command.Add(up._nodes);
        command.Add(up._cores);
        command.Add(up._threads);
        command.Add(up._runDir);
        command.Add(up._json);
        command.SetAction(up.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        int threads = ThreadsOption.Read(parsed, _threads);
        int[] cores = ReadCores(parsed, NodesOption.Read(parsed, _nodes, 2));
        ExperimentSource source = _experiment.Read(parsed);
        (ExperimentConfig config, _, DataPair data) = LoadedExperiment.Load(source, threads);
        RunFolder folder = RunFolder.CreateOrGoOn(parsed.GetValue(_runDir), source.Name, config.Seed);
        IRunDisplay display = RunDisplays.Create(_console, parsed.GetValue(_json), config.Training.Epochs);
        RunDisplays.Introduce(display, source.Name, config, data, threads);
        display.Note("cluster", string.Create(CultureInfo.InvariantCulture, $"{cores.Length} nodes with shares of {string.Join(", ", cores)}"));
        using Interrupts interrupts = new(() => display.Warn("stopping after this step, with a checkpoint; once more ends at once."), () => (display as TerminalDisplay)?.RestoreCursor());
        using KeptRun kept = KeptRun.Open(folder, config);
        using RunServer server = RunServer.Start(folder);
        ClusterPlace cluster = new(server.Server.ConnectionString, "up", null);
        using ChildNodes nodes = new(cluster, server.Server.Folder, Path.Combine(folder.Root, "logs"));
        foreach (int share in cores) { nodes.Start(share, Math.Max(1, threads / cores.Length)); }
        ProcessPlace place = new() { Cluster = cluster, Name = CoordinatorName, Listen = PeerAddress.Tcp("127.0.0.1", 0) };
        ClusterExperiment experiment = new(config, data, folder, new RunOptions { Threads = 1 }, cores.Length);
        using StreamWriter log = new(Path.Combine(folder.Root, "logs", CoordinatorName + ".log")) { AutoFlush = true };
        try
        {
            return new CoordinatorProcess(place, experiment, display, new ConsoleLog(log)).Run(interrupts, kept);
        }
        catch (OperationCanceledException) when (interrupts.Stop.IsCancellationRequested)
        {
            return ExitCode.Failed; // it had not begun yet
        }
    }

    private int[] ReadCores(ParseResult parsed, int nodes)
    {
        string? text = parsed.GetValue(_cores);
        if (text is null) { return [.. Enumerable.Repeat(1, nodes)]; }
        int[] cores = [.. text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int share) ? share : 0)];
        return cores.Length == nodes && cores.All(share => share is >= 1 and <= 1000)
            ? cores
            : throw new CommandLineException($"--cores: saw '{text}', expected {nodes} whole numbers from 1 to 1000, separated by commas, one for each of the --nodes.");
    }
}
