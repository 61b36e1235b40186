using System.CommandLine;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera faults</c>: clusters of real processes that are killed and frozen.</summary>
internal static class FaultsCommand
{
    /// <summary>The command with its subcommands.</summary>
    public static Command Create(CliConsole console) => new("faults", "Kill and freeze processes of clusters, and check what comes of it.")
    {
        FaultsStormCommand.Create(console),
        FaultsRecoveryCommand.Create(console),
    };
}
