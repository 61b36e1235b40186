namespace Tessera.Host.Faults.Taps;

/// <summary>Waits for one frame and holds it, with everything that follows it on its way but signs of life.</summary>
/// <param name="isWanted">Whether a frame is the one.</param>
internal sealed class TapHold(Func<TapFrame, bool> isWanted)
{
    private TapPipe? _pipe;

    /// <summary>Whether the frame has come.</summary>
    public bool IsHeld => Volatile.Read(ref _pipe) is not null;

    /// <summary>Lets everything go on.</summary>
    public void Release() => _pipe?.Release();

    /// <summary>Takes a frame if it is the one.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="pipe">On its way through here.</param>
    public bool TryTake(TapFrame frame, TapPipe pipe) =>
        isWanted(frame) && Interlocked.CompareExchange(ref _pipe, pipe, null) is null;
}
