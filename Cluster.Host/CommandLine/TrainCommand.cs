using System.CommandLine;
using System.Globalization;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Host.Configuration;
using Tessera.Host.Runs;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

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

            The run folder holds experiment.yaml with all defaults written, metrics.csv, metrics.jsonl and the final state.
            """);
        train._experiment.AddTo(command);
        command.Add(train._threads);
        command.Add(train._runDir);
        command.Add(train._json);
        command.SetAction(train.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        int threads = ThreadsOption.Read(parsed, _threads);
        ExperimentSource source = _experiment.Read(parsed);
        ExperimentConfig config = ExperimentLoader.Load(source);
        NetworkPlan plan = PlanBuilder.Build(config);
        DataPair data = DataLoader.Load(config.Data, config.Seed, threads);
        data.RequireFits(plan.InputFeatures, plan.OutputFeatures); // before a folder is made
        RunFolder folder = RunFolder.Create(parsed.GetValue(_runDir), source.Name, config.Seed);
        File.WriteAllText(folder.Experiment, ExperimentLoader.ToYaml(config));
        IRunDisplay display = CreateDisplay(parsed.GetValue(_json), config.Training.Epochs);
        Introduce(display, source, config, data, threads);
        Train(config, data, threads, folder, display);
        Conclude(display, folder);
        return ExitCode.Done;
    }

    private IRunDisplay CreateDisplay(bool json, int epochs) =>
        json ? new JsonDisplay(_console.Out)
        : _console.IsTerminal ? new TerminalDisplay(_console.Out, epochs)
        : new PlainDisplay(_console.Out, epochs);

    private static void Introduce(IRunDisplay display, ExperimentSource source, ExperimentConfig config, DataPair data, int threads)
    {
        display.Note("experiment", $"{source.Name}, seed {config.Seed}, configuration {ConfigurationHash.Compute(config)[..12]}");
        display.Note("data", string.Create(
            CultureInfo.InvariantCulture,
            $"{config.Data.Source}, {data.Train.Count:N0} training and {data.Test.Count:N0} test samples of {data.Train.Features} features in {data.Train.Classes} classes"));
        display.Note("threads", threads.ToString(CultureInfo.InvariantCulture));
        display.Note("numerics", ProcessorPath.Name);
    }

    private static void Train(ExperimentConfig config, DataPair data, int threads, RunFolder folder, IRunDisplay display)
    {
        using CancellationTokenSource cancel = new();
        void OnInterrupt(object? sender, ConsoleCancelEventArgs interrupt)
        {
            interrupt.Cancel = true; // the training stops between two steps, and the run says what it leaves behind
            cancel.Cancel();
        }

        Console.CancelKeyPress += OnInterrupt;
        try
        {
            using MetricsWriter metrics = new(folder);
            using TrainingRun run = new(config, data, new RunOptions { Threads = threads });
            display.Watch(() => run.Execute(new RecordingObserver(display, metrics), cancel.Token));
            run.WriteState(folder.State);
        }
        finally
        {
            Console.CancelKeyPress -= OnInterrupt;
        }
    }

    private static void Conclude(IRunDisplay display, RunFolder folder)
    {
        string hash = RunVerifier.ComputeHash(folder.State);
        display.Note("run", folder.Root);
        display.Note("verify", $"./tessera verify {folder.Root}");
        display.Note("hash", hash);
        (display as JsonDisplay)?.Finish();
    }
}
