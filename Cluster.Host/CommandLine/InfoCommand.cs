using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using Tessera.Kernels.Numerics;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera info</c>: what runs here, for reports and for comparing two machines.</summary>
internal static class InfoCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliConsole console)
    {
        Command command = new("info", "Version, numerics and the vector path of this processor. Results have the same bits on every path.");
        command.SetAction(_ =>
        {
            console.Out.WriteLine($"version: {Version}");
            console.Out.WriteLine($"numerics version: {NumericsVersion.Current}");
            console.Out.WriteLine($"numerics: {ProcessorPath.Name}");
            console.Out.WriteLine($"processors: {Environment.ProcessorCount}");
            console.Out.WriteLine($"runtime: {RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}");
            return ExitCode.Done;
        });
        return command;
    }

    private static string Version =>
        typeof(InfoCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
