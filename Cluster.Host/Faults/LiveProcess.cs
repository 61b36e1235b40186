using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tessera.Host.Faults;

/// <summary>The real executable while it runs: its lines as they come, and signals to it.</summary>
internal sealed partial class LiveProcess : IDisposable
{
    /// <summary>Ctrl-C.</summary>
    public const int Interrupt = 2;

    /// <summary>What a supervisor sends first.</summary>
    public const int Terminate = 15;

    /// <summary>Holds it still; Linux.</summary>
    public const int Freeze = 19;

    /// <summary>Lets it go on after <see cref="Freeze"/>; Linux.</summary>
    public const int Thaw = 18;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Process _process;
    private readonly List<string> _lines = []; // guards itself
    private readonly List<string> _errors = [];

    private readonly Action<string>? _follow;

    private LiveProcess(Process process, Action<string>? follow)
    {
        _process = process;
        _follow = follow;
    }

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Everything that it printed so far, the errors last.</summary>
    public string Printed
    {
        get
        {
            lock (_lines) { lock (_errors) { return string.Join('\n', [.. _lines, .. _errors]); } }
        }
    }

    /// <summary>Starts <c>tessera</c>.</summary>
    public static LiveProcess Start(params string[] arguments) => Start(TesseraCommand.Of(arguments));

    /// <summary>Starts <c>tessera</c> with a compiler that starts sooner, though code runs slower at first: for lives that are short.</summary>
    public static LiveProcess StartQuickly(params string[] arguments)
    {
        ProcessStartInfo command = TesseraCommand.Of(arguments);
        command.Environment["DOTNET_TC_QuickJitForLoops"] = "1";
        return Start(command);
    }

    /// <summary>Starts a command line that ends in <c>tessera</c>.</summary>
    /// <param name="command">The command line.</param>
    /// <param name="follow">Sees every line as it comes, of output and errors; from any thread.</param>
    public static LiveProcess Start(ProcessStartInfo command, Action<string>? follow = null)
    {
        LiveProcess live = new(new Process { StartInfo = command }, follow);
        live._process.OutputDataReceived += (_, line) => live.Add(live._lines, line.Data);
        live._process.ErrorDataReceived += (_, line) => live.Add(live._errors, line.Data);
        live._process.Start();
        live._process.StandardInput.Close();
        live._process.BeginOutputReadLine();
        live._process.BeginErrorReadLine();
        return live;
    }

    /// <summary>Waits for a number of lines that begin with a text, or for the end of the process.</summary>
    public void AwaitLines(string beginning, int count)
    {
        long start = Stopwatch.GetTimestamp();
        lock (_lines)
        {
            while (_lines.Count(line => line.StartsWith(beginning, StringComparison.Ordinal)) < count && !_process.HasExited)
            {
                FaultException.Require(
                    Stopwatch.GetElapsedTime(start) < Patience,
                    () => $"no {count} lines '{beginning}...' within {Patience}:\n{string.Join('\n', _lines)}");
                Monitor.Wait(_lines, 50);
            }
        }
    }

    /// <summary>Sends a signal.</summary>
    public void Send(int signal) => FaultException.Require(
        kill(_process.Id, signal) == 0 || _process.HasExited, () => $"Signal {signal} did not reach process {_process.Id}.");

    /// <summary>Ends it as the operating system does when memory runs out: without a chance to tidy up. Whether it still ran.</summary>
    public bool Kill()
    {
        _process.Kill(); // SIGKILL
        _process.WaitForExit();
        return _process.ExitCode == 128 + 9;
    }

    /// <summary>Waits for the end; exit code and everything printed.</summary>
    public ProcessResult AwaitEnd()
    {
        if (!_process.WaitForExit(Patience))
        {
            _process.Kill();
            throw new FaultException($"not ended within {Patience}:\n{Printed}");
        }

        _process.WaitForExit(); // and all its output
        lock (_lines)
        {
            return new ProcessResult(_process.ExitCode, string.Join('\n', _lines), string.Join('\n', _errors));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);

    private void Add(List<string> lines, string? line)
    {
        if (line is not null)
        {
            _follow?.Invoke(line);
            lock (_lines)
            {
                lines.Add(line);
                Monitor.PulseAll(_lines);
            }
        }
    }
}
