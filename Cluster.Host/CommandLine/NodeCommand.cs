using System.CommandLine;
using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Host.Cluster;
using Tessera.Host.Runs;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera node</c>: hosts tiles of a run, or empties a node.</summary>
internal sealed class NodeCommand
{
    private readonly CliConsole _console;
    private readonly ClusterOptions _cluster = new();
    private readonly Option<string?> _threads = ThreadsOption.Create();
    private readonly MemoryOption _memory = new("--memory");
    private readonly Option<string?> _cores = new("--cores") { Description = "Its share of the tiles beside other nodes; default the threads.", HelpName = "N" };
    private readonly Option<string[]> _labels = new("--label") { Description = "What to say about it, repeatable; shown by 'tessera status'.", HelpName = "key=value" };
    private readonly Option<string?> _drain = new("--drain") { Description = "Do not start a node: mark the node of this name, wait until it holds no tiles, and end.", HelpName = "NAME" };
    private readonly Option<bool> _withParent = new("--with-parent") { Description = "End when standard input ends.", Hidden = true };

    private readonly Option<string?> _withServer = new("--with-server") { Description = "Discard the private server of this folder when the parent is killed.", Hidden = true };

    private NodeCommand(CliConsole console) => _console = console;

    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        NodeCommand node = new(console);
        TaughtCommand command = new(
            "node",
            "Host tiles of a run in a cluster.",
            """
            A node needs the database and the name of the run; all else comes from the coordinator. It may join and leave at any time: tiles move at the next
            checkpoint. SIGTERM or Ctrl-C drains it; once more ends it at once, and the others go on without it.

            Examples:
              tessera node --run digits --database "Host=db;Username=tessera;Database=tessera"
              tessera node --drain node-3 --run digits --database "Host=db;Username=tessera;Database=tessera"
            """);
        node._cluster.AddProcess(command);
        command.Add(node._cores);
        node._memory.AddTo(command);
        command.Add(node._labels);
        command.Add(node._threads);
        command.Add(node._drain);
        command.Add(node._withParent);
        command.Add(node._withServer);
        command.SetAction(node.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        if (parsed.GetValue(_drain) is { } name) { return NodeDrain.Run(_cluster.ReadCluster(parsed), name, _console); }
        int threads = ThreadsOption.Read(parsed, _threads);
        NodeCapacity capacity = new(WholeNumber.Read("--cores", parsed.GetValue(_cores), threads, 100_000), _memory.Read(parsed), ReadLabels(parsed));
        ProcessPlace place = _cluster.ReadProcess(parsed);
        ConsoleLog log = new(_console.Error);
        using Interrupts interrupts = new(() => { }, () => { });
        using ParentWatch? parent = parsed.GetValue(_withParent) ? new ParentWatch(() => Discard(parsed.GetValue(_withServer), log)) : null;
        try { new NodeProcess(place, capacity, threads, log).Run(interrupts.Stop); }
        catch (OperationCanceledException) when (interrupts.Stop.IsCancellationRequested) { } // it had not joined yet
        return ExitCode.Done;
    }

    private static void Discard(string? server, ConsoleLog log)
    {
        if (server is null) { return; }
        try { PostgresServer.Discard(server); }
        catch (StoreException error) { HostLog.ServerStays(log, error.Message); } // whoever goes on with the run tries again
    }

    private string ReadLabels(ParseResult parsed)
    {
        SortedDictionary<string, string> labels = new(StringComparer.Ordinal);
        foreach (string text in parsed.GetValue(_labels) ?? [])
        {
            string[] parts = text.Split('=', 2);
            if (parts.Length != 2 || parts[0].Length == 0 || text.Contains(',', StringComparison.Ordinal))
            {
                throw new CommandLineException($"--label: saw '{text}', expected key=value without commas, for instance --label rack=7.");
            }

            labels[parts[0]] = parts[1];
        }

        return string.Join(',', labels.Select(label => $"{label.Key}={label.Value}"));
    }
}
