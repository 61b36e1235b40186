using System.CommandLine;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Host.Configuration;
using Tessera.Host.Runs;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera train</c>: trains an experiment, writes its run folder and prints the hash of the final state.</summary>
internal sealed class TrainCommand
{
    private readonly CliConsole _console;
    private readonly ExperimentOptions _experiment = new();
    private readonly Option<string?> _threads = ThreadsOption.Create();
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line instead of text." };
    private readonly Option<string?> _runDir = new("--run-dir")
    {
        Description = "New or empty folder for the run; default runs/<experiment>-<seed>-<n>.",
        HelpName = "FOLDER",
    };

    private readonly MemoryOption _memory = new();

    private TrainCommand(CliConsole console) => _console = console;

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        TrainCommand train = new(console);
        TaughtCommand command = new(
            "train",
            "Train a network on analog tiles, with the same bits for any threads, micro-batch and processor.",
            """
            Examples:
              tessera train
              tessera train examples/mnist-mlp.yaml --data ~/mnist --seed 2
              tessera train examples/mnist-mlp.yaml --set rpu_config.device=SoftBoundsDevice --set training.epochs=5
              tessera train --set network.layers.hidden2.out_features=64 --set network.layers.output.in_features=64

            The run folder holds experiment.yaml with all defaults written, metrics.csv, metrics.jsonl and state.db with the checkpoints. Ctrl-C ends the run at
            the next step with a checkpoint; whatever ends it, 'tessera resume' goes on to the same bits.
            """);
        train._experiment.AddTo(command);
        command.Add(train._threads);
        train._memory.AddTo(command);
        command.Add(train._runDir);
        command.Add(train._json);
        command.SetAction(train.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        int threads = ThreadsOption.Read(parsed, _threads);
        ExperimentSource source = _experiment.Read(parsed);
        (ExperimentConfig config, NetworkPlan plan, DataPair data) = LoadedExperiment.Load(source, threads); // before a folder is made
        MemoryCheck.Require(plan, config, data, _memory.Read(parsed));
        RunFolder folder = RunFolder.Create(parsed.GetValue(_runDir), source.Name, config.Seed);
        IRunDisplay display = RunDisplays.Create(_console, parsed.GetValue(_json), config.Training.Epochs);
        RunDisplays.Introduce(display, source.Name, config, data, threads);
        return new TrainingSession(display, folder, config, data, new RunOptions { Threads = threads }).Begin();
    }
}
