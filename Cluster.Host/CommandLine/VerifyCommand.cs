using System.CommandLine;
using System.Text.Json;
using Tessera.Coordination.Checkpoints;
using Tessera.Host.Runs;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera verify RUN</c>: recomputes the hash of a run from the stored bytes of its final state.</summary>
internal static class VerifyCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        Argument<string> run = new("RUN") { Description = "Folder of a run, for instance runs/mnist-mlp-1-1." };
        Option<bool> json = new("--json") { Description = "One JSON object instead of text." };
        TaughtCommand command = new(
            "verify",
            "Recompute the hash of a run from its stored bytes.",
            """
            The hash covers all weights, device parameters and other mutable state, and the loss of every step; never wall times. Two runs with the same
            hash are the same to the bit. Damaged or missing files are reported, not skipped.
            """) { run, json };
        command.SetAction(parsed =>
        {
            string folder = parsed.GetValue(run)!;
            string hash = RunVerifier.ComputeHash(RunFolder.StateOf(folder));
            console.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(new { run = folder, hash }) : $"hash: {hash}");
            return ExitCode.Done;
        });
        return command;
    }
}
