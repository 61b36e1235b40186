namespace Tessera.Actors.Edges;

/// <summary>Where one thread sleeps until another wakes it. Waking one that does not sleep yet is remembered.</summary>
internal sealed class WakeUp
{
    private readonly object _gate = new();
    private bool _isSet;

    /// <summary>Sleeps until <see cref="Set"/>, or for so long.</summary>
    /// <param name="milliseconds">0 or more, or <see cref="Timeout.Infinite"/>.</param>
    public void Wait(int milliseconds)
    {
        lock (_gate)
        {
            if (!_isSet)
            {
                Monitor.Wait(_gate, milliseconds);
            }

            _isSet = false;
        }
    }

    /// <summary>Wakes the sleeper.</summary>
    public void Set()
    {
        lock (_gate)
        {
            _isSet = true;
            Monitor.Pulse(_gate);
        }
    }
}
