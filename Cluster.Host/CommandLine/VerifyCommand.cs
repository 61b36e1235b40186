using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Host.Configuration;
using Tessera.Host.Runs;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera verify RUN</c>: recomputes the hash of a run from the stored bytes of its newest checkpoint.</summary>
internal sealed class VerifyCommand
{
    private readonly CliConsole _console;
    private readonly Argument<string> _run = new("RUN") { Description = "Folder of a run, for instance runs/mnist-mlp-1-1." };
    private readonly Option<string?> _against = new("--against") { Description = "Folder of another run that should have the same state.", HelpName = "RUN" };
    private readonly Option<string[]?> _replay = new("--replay")
    {
        Description = "Train steps FROM+1 to TO again and compare: FROM is 0 or the step of a checkpoint, TO that of a checkpoint.",
        HelpName = "FROM TO",
        Arity = new ArgumentArity(2, 2),
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _threads = ThreadsOption.Create();
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object instead of text." };

    private VerifyCommand(CliConsole console) => _console = console;

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        VerifyCommand verify = new(console);
        TaughtCommand command = new(
            "verify",
            "Recompute the hash of a run from its stored bytes; compare it with another run, or train a stretch of it again.",
            """
            The hash covers all weights, device parameters and other mutable state, and the loss of every step; never wall times. Two runs with the same
            hash are the same to the bit. Damaged or missing bytes are reported, not skipped. Exit code 1 where states differ.

            Examples:
              tessera verify runs/mnist-mlp-1-1
              tessera verify runs/mnist-mlp-1-1 --against runs/mnist-mlp-1-2
              tessera verify runs/mnist-mlp-1-1 --replay 0 12000
            """) { verify._run, verify._against, verify._replay, verify._threads, verify._json };
        command.SetAction(verify.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        RunFolder folder = RunFolder.Of(parsed.GetValue(_run)!);
        using StoredRun run = StoredRun.Open(folder);
        Dictionary<string, object> result = new() { ["run"] = folder.Root, ["step"] = run.Manifest.Step, ["hash"] = run.Hash };
        bool isEqual = true;
        if (parsed.GetValue(_against) is { } other)
        {
            using StoredRun against = StoredRun.Open(RunFolder.Of(other));
            result["against"] = against.Folder.Root;
            result["difference"] = RunComparison.Difference(run, against) ?? "none: the states are the same to the bit";
            isEqual &= run.Hash == against.Hash;
        }

        if (parsed.GetValue(_replay) is { Length: 2 } steps)
        {
            isEqual &= Replay(run, ReadStep(steps[0]), ReadStep(steps[1]), ThreadsOption.Read(parsed, _threads), result);
        }

        result["equal"] = isEqual;
        Write(parsed.GetValue(_json), result, isEqual);
        return isEqual ? ExitCode.Done : ExitCode.Failed;
    }

    private static bool Replay(StoredRun run, long from, long to, int threads, Dictionary<string, object> result)
    {
        if (from >= to) { throw new CommandLineException($"--replay {from} {to}: expected FROM below TO."); }
        RunManifest target = run.ManifestOf(to);
        run.Folder.RequireExperiment();
        ExperimentConfig config = ExperimentLoader.Load(new ExperimentSource { File = run.Folder.Experiment });
        DataPair data = DataLoader.Load(config.Data, config.Seed, threads);
        string stored = RunVerifier.ComputeHash(run.Store, target);
        string trained = RunReplay.Hash(config, data, new RunOptions { Threads = threads }, run.Store, from, to);
        result["replayed"] = string.Create(CultureInfo.InvariantCulture, $"steps {from + 1} to {to}");
        result["replay"] = trained == stored ? "the same to the bit" : $"differs: trained again it is {trained}, stored is {stored}";
        return trained == stored;
    }

    private static long ReadStep(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long step)
        ? step
        : throw new CommandLineException($"--replay: saw '{text}', expected the number of a step, for instance --replay 0 12000.");

    private void Write(bool json, Dictionary<string, object> result, bool isEqual)
    {
        if (json)
        {
            _console.Out.WriteLine(JsonSerializer.Serialize(result));
            return;
        }

        foreach ((string name, object value) in result.Where(entry => entry.Key is not ("run" or "equal" or "hash")))
        {
            _console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {value}"));
        }

        if (!isEqual) { _console.Out.WriteLine("the states are NOT the same"); }
        _console.Out.WriteLine($"hash: {result["hash"]}");
    }
}
