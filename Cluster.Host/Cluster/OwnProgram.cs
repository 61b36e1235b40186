using System.Diagnostics;

namespace Tessera.Host.Cluster;

/// <summary>This program, to be started once more in a process of its own.</summary>
internal static class OwnProgram
{
    /// <summary>The command line, with all streams redirected.</summary>
    /// <param name="before">What goes in front, for instance a command that sets limits.</param>
    /// <param name="arguments">Arguments of <c>tessera</c>.</param>
    public static ProcessStartInfo Start(IEnumerable<string> before, IEnumerable<string> arguments)
    {
        string[] all = [.. before, .. Program(), .. arguments];
        return new ProcessStartInfo(all[0], all[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
    }

    // Where another program hosts this assembly, as tests do, the runtime starts it.
    private static string[] Program()
    {
        string assembly = typeof(OwnProgram).Assembly.Location;
        return Path.GetFileNameWithoutExtension(Environment.ProcessPath) == Path.GetFileNameWithoutExtension(assembly)
            ? [Environment.ProcessPath!]
            : ["dotnet", "exec", assembly];
    }
}
