using System.CommandLine;
using Tessera.Host.Bench;
using Tessera.Kernels.Numerics;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera bench</c>: speed beside what this machine can do at most.</summary>
internal static class BenchCommand
{
    private static readonly Action<BenchContext>[] KernelSuites = [GemmBench.Run, NormalsBench.Run, ForwardBench.Run, UpdateBench.Run, CellBench.Run, MainJobBench.Run];

    /// <summary>The command with its subcommands.</summary>
    public static Command Create(CliConsole console) => new("bench", "Measure speed beside the limits of this machine.")
    {
        Suite(
            console,
            "kernels",
            "Matrix products, normals, noisy reads and pulsed updates.",
            """
            Every figure stands beside a limit measured in the same run: products beside the fused multiply-add peak, noisy reads beside the bare product.
            Updates are nanoseconds per crosspoint and sample. On a busy machine figures are low; ratios suffer less.

            Examples:
              tessera bench kernels --filter update
              tessera bench kernels --filter "update ExpStepDevice"
              tessera bench kernels --json > kernels.jsonl
            """,
            KernelSuites),
        Suite(
            console,
            "actors",
            "What a training step through actors costs over calling the same tiles in a loop.",
            "The limit is the plain loop, measured in windows that alternate with those of the actors.",
            [ActorsBench.Run]),
        Suite(
            console,
            "checkpoint",
            "What checkpoints cost, and how fast they come back.",
            """
            checkpoint.step is a training step with a checkpoint every 100 steps; the limit is the same without, in windows that alternate. checkpoint.restore reads
            the newest one from the disk, checks it and loads it into tiles. checkpoint.copy is the copy for which training waits, beside a bare copy of memory.
            Hashing and writing happen on a thread of their own: without a core that is free, their time shows in checkpoint.step.
            """,
            [CheckpointBench.Run]),
        ClusterBenchCommand.Create(console),
    };

    private static TaughtCommand Suite(CliConsole console, string name, string description, string lesson, Action<BenchContext>[] suites)
    {
        Option<bool> json = new("--json") { Description = "One JSON object a line: op, device, n, batch, threads, density, value, unit, limit, ratio, goal." };
        Option<string?> filter = new("--filter") { Description = "Only operations whose name contains this.", HelpName = "TEXT" };
        TaughtCommand command = new(name, description, lesson) { json, filter };
        command.SetAction(parsed =>
        {
            bool asJson = parsed.GetValue(json);
            string text = parsed.GetValue(filter) ?? "";
            List<MachineLimits> limits = [MachineLimits.Measure(1)];
            if (Environment.ProcessorCount > 1) { limits.Add(MachineLimits.Measure(Environment.ProcessorCount)); }
            if (!asJson)
            {
                foreach (MachineLimits limit in limits) { console.Out.WriteLine($"limits: {limit.Describe()}, processor path {ProcessorPath.Name}"); }
            }

            int reported = 0;
            BenchContext context = new(
                limits,
                op => op.Contains(text, StringComparison.OrdinalIgnoreCase),
                result =>
                {
                    reported++;
                    console.Out.WriteLine(asJson ? result.ToJson() : result.ToText());
                });
            foreach (Action<BenchContext> suite in suites) { suite(context); }
            if (reported == 0) { throw new CommandLineException($"--filter: no operation's name contains '{text}'; try gemm, random, tile, update or cell."); }
            return ExitCode.Done;
        });
        return command;
    }
}
