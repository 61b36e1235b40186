using Tessera.Actors.Postgres;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Cluster;

/// <summary>Empties a node from outside: marks it, and waits until it has left.</summary>
internal static class NodeDrain
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Drains a node.</summary>
    /// <param name="cluster">Which run.</param>
    /// <param name="name">Name of the node.</param>
    /// <param name="console">Where to tell.</param>
    /// <exception cref="CommandLineException">There is no such node.</exception>
    public static int Run(ClusterPlace cluster, string name, CliConsole console)
    {
        using PostgresControlPlane plane = new(cluster.Database, cluster.Run);
        if (!plane.Drain(name))
        {
            string known = string.Join(", ", plane.Members().Members.Select(member => member.Name));
            throw new CommandLineException($"The run '{cluster.Run}' has no node '{name}'; its nodes: {(known.Length == 0 ? "none" : known)}.");
        }

        console.Out.WriteLine($"draining  {name}");
        using ManualResetEventSlim never = new(false);
        while (plane.Members().Members.Any(member => member.Name == name)) { never.Wait(Pause); }
        console.Out.WriteLine($"drained   {name}");
        return ExitCode.Done;
    }
}
