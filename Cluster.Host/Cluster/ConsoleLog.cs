using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Tessera.Host.Cluster;

/// <summary>Log lines on standard error: time in UTC, level where it is not information, message. One line each.</summary>
/// <param name="error">Where they go.</param>
/// <param name="least">The least level that is shown.</param>
internal sealed class ConsoleLog(TextWriter error, LogLevel least = LogLevel.Information) : ILogger
{
    private readonly Lock _gate = new();

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) { return; }
        string level = logLevel == LogLevel.Information ? "" : logLevel.ToString().ToLowerInvariant() + ": ";
        string text = formatter(state, exception).ReplaceLineEndings(" ");
        string time = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        lock (_gate) { error.WriteLine($"{time} {level}{text}"); }
    }
}
