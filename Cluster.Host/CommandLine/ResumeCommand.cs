using System.CommandLine;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Host.Configuration;
using Tessera.Host.Runs;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera resume RUN</c>: goes on with a run that was stopped or killed, to the same bits.</summary>
internal static class ResumeCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        Argument<string> run = new("RUN") { Description = "Folder of a run, for instance runs/mnist-mlp-1-1." };
        Option<string?> threads = ThreadsOption.Create();
        Option<string?> data = new("--data") { Description = "Folder of the data files, where they have moved.", HelpName = "FOLDER" };
        Option<bool> accept = new("--accept-numerics-change")
        {
            Description = "Go on from a checkpoint of another numerics version, with other bits; the state records it.",
        };
        Option<bool> json = new("--json") { Description = "One JSON object a line instead of text." };
        MemoryOption memory = new();
        TaughtCommand command = new(
            "resume",
            "Go on with a run that was stopped or killed, from its newest checkpoint, to the same bits.",
            """
            Steps after the checkpoint are trained again. Threads may differ from before; the experiment may not. A run that is finished is evaluated once
            more and keeps its hash.

            Example:
              tessera resume runs/mnist-mlp-1-1
            """) { run, threads, data, accept, json };
        memory.AddTo(command);
        command.SetAction(parsed =>
        {
            int count = ThreadsOption.Read(parsed, threads);
            RunFolder folder = RunFolder.Of(parsed.GetValue(run)!);
            folder.RequireExperiment();
            ExperimentSource source = new() { File = folder.Experiment, DataFolder = parsed.GetValue(data) };
            (ExperimentConfig config, NetworkPlan plan, DataPair samples) = LoadedExperiment.Load(source, count);
            MemoryCheck.Require(plan, config, samples, memory.Read(parsed));
            IRunDisplay display = RunDisplays.Create(console, parsed.GetValue(json), config.Training.Epochs);
            RunDisplays.Introduce(display, folder.Root, config, samples, count);
            RunOptions options = new() { Threads = count, AcceptNumericsChange = parsed.GetValue(accept) };
            return new TrainingSession(display, folder, config, samples, options).Resume();
        });
        return command;
    }
}
