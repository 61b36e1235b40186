using System.CommandLine;
using Tessera.Host.Bench;
using Tessera.Host.Runs;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera bench cluster</c>: what it costs that tiles are in other processes.</summary>
internal sealed class ClusterBenchCommand
{
    private const int StepsDefault = 300;
    private const int StepsMax = 10_000;
    private readonly CliConsole _console;
    private readonly Option<string?> _nodes = NodesOption.Create("Nodes to start; default 2.");
    private readonly Option<string?> _threads = ThreadsOption.Create();
    private readonly Option<string?> _steps = new("--steps") { Description = $"Mini-batches of a window; default {StepsDefault}.", HelpName = "N" };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line: op, device, n, batch, threads, density, value, unit, limit, ratio, goal." };
    private readonly Option<string?> _filter = new("--filter") { Description = "Only operations whose name contains this.", HelpName = "TEXT" };

    private ClusterBenchCommand(CliConsole console) => _console = console;

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        ClusterBenchCommand bench = new(console);
        TaughtCommand command = new(
            "cluster",
            "What it costs that tiles are in other processes: a real cluster of this machine, and its data plane.",
            """
            It starts a private PostgreSQL, nodes, and a coordinator in this process, and trains 784-256-128-10 on the built-in digits. Windows alternate with those of
            the limit; figures are medians. n is the number of nodes, or the bytes of a frame.

            cluster.step is a training step; the limit is the same in one process with as many threads as all nodes have together. No goal: small layers wait for
            each other, and the processes for a wake-up each time.
            cluster.wire is bytes of a step, both ways; the limit is the numbers that must cross, without heads. Goal 1.05.
            cluster.alloc is managed memory that a step allocates: in the coordinator, and in a node, the mean of all. Renewal of leases is part of it.
            Goal 24 bytes: not one object a step.
            cluster.checkpoint is a step with a checkpoint every 100 steps (every window, where a window is shorter); the limit is without. Goal 1.05.
            cluster.echo is frames there and back; the limit is the same bytes with bare blocking sockets. Goal 0.7 for 1 MB.

            Examples:
              tessera bench cluster --nodes 2
              tessera bench cluster --filter echo --json > echo.jsonl
            """);
        command.Add(bench._nodes);
        command.Add(bench._threads);
        command.Add(bench._steps);
        command.Add(bench._json);
        command.Add(bench._filter);
        command.SetAction(bench.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        ClusterBenchSettings settings = new(NodesOption.Read(parsed, _nodes, 2), ThreadsOption.Read(parsed, _threads), WholeNumber.Read("--steps", parsed.GetValue(_steps), StepsDefault, StepsMax));
        string text = parsed.GetValue(_filter) ?? "";
        bool asJson = parsed.GetValue(_json);
        BenchContext context = new(
            [],
            op => op.Contains(text, StringComparison.OrdinalIgnoreCase),
            result => _console.Out.WriteLine(asJson ? result.ToJson() : result.ToText()));
        if (!ClusterBench.Ops.Any(context.Accepts))
        {
            throw new CommandLineException($"--filter: no operation's name contains '{text}', expected a part of one of {string.Join(", ", ClusterBench.Ops)}.");
        }

        using Interrupts interrupts = new(() => { }, () => { });
        try
        {
            new ClusterBench(context, settings, interrupts.Stop).Run();
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (interrupts.Stop.IsCancellationRequested)
        {
            _console.Error.WriteLine("stopped, as asked; the rest was not measured.");
            return ExitCode.Failed;
        }
    }
}
