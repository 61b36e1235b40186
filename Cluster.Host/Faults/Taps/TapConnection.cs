using System.Net.Sockets;

namespace Tessera.Host.Faults.Taps;

/// <summary>A connection through a tap: two sockets and a thread for each way.</summary>
internal sealed class TapConnection
{
    private readonly Socket _near;
    private readonly Socket _far;
    private readonly TapPipe _forth;
    private readonly TapPipe _back;

    /// <summary>Joins two sockets.</summary>
    /// <param name="tap">Knows what is done to frames.</param>
    /// <param name="near">To the side that connected.</param>
    /// <param name="far">To the side that it wanted.</param>
    /// <param name="protocols">What they speak.</param>
    public TapConnection(Tap tap, Socket near, Socket far, TapProtocols protocols)
    {
        _near = near;
        _far = far;
        _forth = new TapPipe(tap, this, TapDirection.Forth, near, far, protocols.Forth);
        _back = new TapPipe(tap, this, TapDirection.Back, far, near, protocols.Back);
    }

    /// <summary>Set when it is closed.</summary>
    public ManualResetEventSlim Closed { get; } = new();

    /// <summary>Begins to pass on.</summary>
    public void Start()
    {
        new Thread(_forth.Run) { IsBackground = true, Name = "tessera-tap-forth" }.Start();
        new Thread(_back.Run) { IsBackground = true, Name = "tessera-tap-back" }.Start();
    }

    /// <summary>Lets what is held go on.</summary>
    public void Release()
    {
        _forth.Release();
        _back.Release();
    }

    /// <summary>Closes both sides.</summary>
    public void Close()
    {
        Closed.Set();
        Close(_near);
        Close(_far);
    }

    private static void Close(Socket socket)
    {
        try { socket.Shutdown(SocketShutdown.Both); }
        catch (Exception error) when (error is SocketException or ObjectDisposedException) { } // it is closed already
        socket.Dispose();
    }
}
