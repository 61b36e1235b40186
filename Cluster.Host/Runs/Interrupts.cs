using System.Runtime.InteropServices;

namespace Tessera.Host.Runs;

/// <summary>
/// Ctrl-C and the request of a supervisor to end: the first one asks for a stop at the next step boundary, the second one ends the process at once, as the
/// operating system does it.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action _onFirst;
    private readonly Action _onSecond;
    private int _requests;

    /// <summary>Begins to listen.</summary>
    /// <param name="onFirst">Called, on any thread, when the first request comes.</param>
    /// <param name="onSecond">Called, on any thread, when the second one comes and the process is about to end.</param>
    public Interrupts(Action onFirst, Action onSecond)
    {
        _onFirst = onFirst;
        _onSecond = onSecond;
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];
    }

    /// <summary>Cancelled by the first request.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) { registration.Dispose(); }
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        if (Interlocked.Exchange(ref _requests, 1) > 0)
        {
            _onSecond();
            return; // not cancelled: the process ends
        }

        signal.Cancel = true;
        _onFirst();
        _stop.Cancel();
    }
}
