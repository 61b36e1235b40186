using System.Diagnostics;

namespace Tessera.Actors.Tests.Support;

/// <summary>This assembly as a process of its own (<see cref="ChildProgram"/>), killed when the test ends.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public static ChildProcess Start(params string[] arguments) => Start([], arguments);

    /// <summary>Starts it without the right of root to ignore permissions; the test is skipped where that cannot be.</summary>
    public static ChildProcess StartWithoutPrivileges(params string[] arguments)
    {
        if (Environment.UserName != "root")
        {
            return Start([], arguments);
        }

        try
        {
            return Start(["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"], arguments);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new SkipException("The tests run as root and 'setpriv' is not installed: permissions do nothing here.");
        }
    }

    /// <summary>The next line that it writes, or null at its end.</summary>
    public string? ReadLine() => _process.StandardOutput.ReadLine();

    /// <summary>Everything that it still writes; it must end well.</summary>
    public string ReadToEnd()
    {
        var output = _process.StandardOutput.ReadToEnd();
        var errors = _process.StandardError.ReadToEnd();
        _process.WaitForExit();
        Assert.True(_process.ExitCode == 0, errors);
        return output;
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private static ChildProcess Start(string[] prefix, string[] arguments)
    {
        string[] command = [.. prefix, Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            typeof(ChildProcess).Assembly.Location, .. arguments];
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        return new ChildProcess(Process.Start(start)!);
    }
}
