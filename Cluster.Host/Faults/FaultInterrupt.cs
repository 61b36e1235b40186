using System.Runtime.InteropServices;

namespace Tessera.Host.Faults;

/// <summary>
/// Ctrl-C and SIGTERM while a command has processes of its own: they are taken down before it ends. Without this they would go on, as they would if
/// the command were killed.
/// </summary>
internal sealed class FaultInterrupt : IDisposable
{
    private const int ExitCode = 128 + LiveProcess.Interrupt; // as a shell reports it
    private readonly PosixSignalRegistration[] _registrations;
    private volatile bool _hasCome;

    /// <summary>From here on.</summary>
    /// <param name="takeDown">Takes everything down; may come from any thread, at any moment.</param>
    public FaultInterrupt(Action takeDown) => _registrations =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, _ =>
        {
            _hasCome = true;
            try { takeDown(); }
            finally { Environment.Exit(ExitCode); }
        })),
    ];

    /// <summary>Never returns once the signal has come: what fails because everything is taken down is nobody's news. Otherwise false.</summary>
    public bool IsEnding()
    {
        if (_hasCome) { Thread.Sleep(Timeout.Infinite); } // until the process is gone
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) { registration.Dispose(); }
    }
}
