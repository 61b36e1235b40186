using System.Diagnostics;

namespace Tessera.Host.Tests.Reproducibility;

/// <summary>Runs the real executable in a process of its own, as a user would.</summary>
internal static class TesseraProcess
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "tessera.dll");

    /// <summary>Exit code and everything printed.</summary>
    public static ProcessResult Run(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Assembly);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

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
