using System.Diagnostics;
using Tessera.Host.Cluster;

namespace Tessera.Host.Faults;

/// <summary>How to start this program once more in a process of its own, as a user would.</summary>
internal static class TesseraCommand
{
    /// <summary>The command line, with all streams redirected.</summary>
    /// <param name="arguments">Arguments of <c>tessera</c>.</param>
    public static ProcessStartInfo Of(params string[] arguments) => Of([], arguments);

    /// <summary>The command line behind another, for instance one that sets limits.</summary>
    public static ProcessStartInfo Of(string[] before, string[] arguments) => OwnProgram.Start(before, arguments);

    /// <summary>Runs it to its end.</summary>
    /// <param name="environment">Variables to add.</param>
    /// <param name="arguments">Arguments of <c>tessera</c>.</param>
    public static ProcessResult Run(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = Of(arguments);
        foreach ((string name, string value) in environment) { start.Environment[name] = value; }
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProcessResult(process.ExitCode, output, error.Result);
    }
}

/// <summary>What a process printed and how it ended.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string Error)
{
    /// <summary>The value of the last line that starts with <c>name: </c>.</summary>
    public string Value(string name) =>
        Output.Split('\n').LastOrDefault(line => line.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..].Trim()
        ?? throw new FaultException($"No line '{name}: ...' in:\n{Output}\n{Error}");
}
