using System.Diagnostics;

namespace Tessera.Host.Tests.Reproducibility;

/// <summary>Runs the real executable in a process of its own, as a user would.</summary>
internal static class TesseraProcess
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "tessera.dll");

    /// <summary>How to start it, with all streams redirected.</summary>
    /// <param name="before">Command line that goes in front, for instance one that sets limits.</param>
    /// <param name="arguments">Arguments of <c>tessera</c>.</param>
    public static ProcessStartInfo Command(string[] before, string[] arguments)
    {
        string[] all = [.. before, "dotnet", "exec", Assembly, .. arguments];
        return new ProcessStartInfo(all[0], all[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
    }

    /// <summary>Exit code and everything printed.</summary>
    public static ProcessResult Run(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = Command([], arguments);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
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
        ?? throw new InvalidOperationException($"No line '{name}: ...' in:\n{Output}\n{Error}");
}
