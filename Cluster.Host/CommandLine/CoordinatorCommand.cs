using System.CommandLine;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Host.Cluster;
using Tessera.Host.Configuration;
using Tessera.Host.Runs;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera coordinator</c>: trains an experiment on the nodes of a cluster, or stands by to do so.</summary>
internal sealed class CoordinatorCommand
{
    private const string Exit = "exit";
    private const string Wait = "wait";
    private readonly CliConsole _console;
    private readonly ExperimentOptions _experiment = new();
    private readonly ClusterOptions _cluster = new();
    private readonly Option<string?> _threads = ThreadsOption.Create();
    private readonly Option<string?> _nodes = NodesOption.Create("Nodes to wait for, at most 15 seconds, before the first tile is placed; default 1.");
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line instead of text." };
    private readonly Option<string?> _runDir = new("--run-dir") { Description = "Folder for the experiment and its metrics; default runs/NAME. State is in the database.", HelpName = "FOLDER" };
    private readonly Option<bool> _accept = new("--accept-numerics-change")
    {
        Description = "Go on from a checkpoint of another numerics version, with other bits; the state records it.",
    };

    private readonly Option<string> _whenFinished = new("--when-finished")
    {
        Description = "What to do when the run is finished: exit, or wait to be asked to end.",
        HelpName = "exit|wait",
        DefaultValueFactory = _ => Exit,
    };

    private CoordinatorCommand(CliConsole console) => _console = console;

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        CoordinatorCommand coordinator = new(console);
        TaughtCommand command = new(
            "coordinator",
            "Train an experiment on the nodes of a cluster, with the bits of 'tessera train'; any number may stand by.",
            """
            The database admits one coordinator at a time; the others stand by and one of them takes over within seconds. Start it again after a crash of everything:
            it goes on from the newest checkpoint. SIGTERM or Ctrl-C hands over at a checkpoint; once more ends at once.

            Example:
              tessera coordinator examples/mnist-mlp.yaml --run digits --database "Host=db;Username=tessera;Database=tessera"
            """);
        coordinator._experiment.AddTo(command);
        coordinator._cluster.AddProcess(command);
        command.Add(coordinator._nodes);
        command.Add(coordinator._threads);
        command.Add(coordinator._runDir);
        command.Add(coordinator._whenFinished);
        command.Add(coordinator._accept);
        command.Add(coordinator._json);
        command.SetAction(coordinator.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        string whenFinished = parsed.GetValue(_whenFinished)!;
        if (whenFinished is not (Exit or Wait)) { throw new CommandLineException($"--when-finished: saw '{whenFinished}', expected {Exit} or {Wait}."); }
        int threads = ThreadsOption.Read(parsed, _threads);
        int nodes = NodesOption.Read(parsed, _nodes, 1);
        ExperimentSource source = _experiment.Read(parsed);
        ProcessPlace place = _cluster.ReadProcess(parsed);
        (ExperimentConfig config, _, DataPair data) = LoadedExperiment.Load(source, threads);
        RunFolder folder = RunFolder.InCluster(parsed.GetValue(_runDir) ?? Path.Combine("runs", place.Cluster.Run));
        IRunDisplay display = RunDisplays.Create(_console, parsed.GetValue(_json), config.Training.Epochs);
        RunDisplays.Introduce(display, source.Name, config, data, threads);
        using Interrupts interrupts = new(() => display.Warn("handing over after this step, with a checkpoint; once more ends at once."), () => (display as TerminalDisplay)?.RestoreCursor());
        RunOptions options = new() { Threads = threads, AcceptNumericsChange = parsed.GetValue(_accept) };
        try
        {
            int code = new CoordinatorProcess(place, new ClusterExperiment(config, data, folder, options, nodes), display, new ConsoleLog(_console.Error)).Run(interrupts);
            if (whenFinished == Wait) { interrupts.Stop.WaitHandle.WaitOne(); }
            return code;
        }
        catch (OperationCanceledException) when (interrupts.Stop.IsCancellationRequested)
        {
            return ExitCode.Done; // it had not begun yet
        }
    }
}
