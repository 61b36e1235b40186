using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Tessera.Actors.Tests.Support;

/// <summary>Keeps log lines, for tests that wait for one.</summary>
internal sealed class RecordingLogger : ILogger
{
    private readonly BlockingCollection<string> _lines = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Add($"{logLevel}: {formatter(state, exception)}");

    /// <summary>The next line that holds a text.</summary>
    public string Wait(string part)
    {
        var seen = new List<string>();
        while (_lines.TryTake(out var line, TimeSpan.FromSeconds(20)))
        {
            if (line.Contains(part, StringComparison.Ordinal))
            {
                return line;
            }

            seen.Add(line);
        }

        throw new Xunit.Sdk.XunitException($"No line with '{part}' was logged, but:\n{string.Join('\n', seen)}");
    }
}
