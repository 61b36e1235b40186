using System.ComponentModel;
using System.Diagnostics;
using Tessera.Actors.Stores;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Postgres;

/// <summary>A program that is run to its end.</summary>
internal static class ProgramCall
{
    /// <summary>Runs a program.</summary>
    /// <param name="what">What for, as in <c>start the server</c>.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <exception cref="StoreException">It could not be started or failed: with the end of what it wrote.</exception>
    public static void Run(string what, IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0])
        {
            WorkingDirectory = "/", // this process's own may be closed to another account
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new StoreException(
                    Refusal.Unavailable,
                    $"Cannot {what}: '{command[0]}' ended with {process.ExitCode} and said: {Last(output.Result + "\n" + errors)}");
            }
        }
        catch (Win32Exception error)
        {
            throw new StoreException(Refusal.Unavailable, $"Cannot {what}: '{command[0]}' does not start: {error.Message}. Install it.", error);
        }
    }

    /// <summary>The last lines of a text that say something, in one.</summary>
    public static string Last(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? "nothing" : string.Join(" / ", lines.TakeLast(4));
    }
}
