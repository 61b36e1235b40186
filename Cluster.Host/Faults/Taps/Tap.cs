using System.Net;
using System.Net.Sockets;

namespace Tessera.Host.Faults.Taps;

/// <summary>
/// A proxy on this machine that knows where frames begin and end: it holds one and all behind it, cuts one way or both, delays, doubles and truncates. May be
/// used from any thread.
/// </summary>
internal sealed class Tap : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<TapProtocols> _protocols;
    private readonly Action<TapFrame> _seen;
    private readonly Lock _gate = new();
    private readonly List<TapConnection> _connections = [];
    private readonly List<TapHold> _holds = [];
    private readonly bool[] _isCut = new bool[2]; // by direction
    private Func<TapFrame, bool>? _truncated;
    private Func<TapFrame, TimeSpan>? _delay;
    private volatile bool _duplicates;
    private volatile int _target;

    /// <summary>Begins to listen.</summary>
    /// <param name="protocols">What a new connection speaks.</param>
    /// <param name="seen">Is told every frame, before anything is done to it.</param>
    public Tap(Func<TapProtocols> protocols, Action<TapFrame> seen)
    {
        _protocols = protocols;
        _seen = seen;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        new Thread(Accept) { IsBackground = true, Name = "tessera-tap" }.Start();
    }

    /// <summary>The port of this machine that it listens on.</summary>
    public int Port { get; }

    /// <summary>The port of this machine that connections go to; 0 while they are refused.</summary>
    public int Target
    {
        get => _target;
        set => _target = value;
    }

    /// <summary>Whether every message is passed on twice.</summary>
    public bool Duplicates
    {
        get => _duplicates;
        set => _duplicates = value;
    }

    /// <summary>How long a frame is kept before it is passed on; null is no time.</summary>
    public Func<TapFrame, TimeSpan>? Delay
    {
        get => Volatile.Read(ref _delay);
        set => Volatile.Write(ref _delay, value);
    }

    /// <summary>Holds the first frame that is wanted, with all behind it.</summary>
    public TapHold Hold(Func<TapFrame, bool> isWanted)
    {
        TapHold hold = new(isWanted);
        lock (_gate) { _holds.Add(hold); }
        return hold;
    }

    /// <summary>Passes on half of the first frame that is wanted, and closes its connection.</summary>
    public void Truncate(Func<TapFrame, bool> isWanted)
    {
        lock (_gate) { _truncated = isWanted; }
    }

    /// <summary>Passes nothing on any more in one direction, without a sign, on connections of now and later; nothing is lost, as on a network.</summary>
    public void Cut(TapDirection direction)
    {
        lock (_gate) { _isCut[(int)direction] = true; }
    }

    /// <summary>Passes everything on again.</summary>
    public void Mend()
    {
        TapConnection[] connections;
        lock (_gate)
        {
            Array.Clear(_isCut);
            connections = [.. _connections];
        }

        foreach (TapConnection connection in connections) { connection.Release(); }
    }

    /// <summary>Closes all connections.</summary>
    public void Close()
    {
        TapConnection[] connections;
        lock (_gate)
        {
            connections = [.. _connections];
            _connections.Clear();
        }

        foreach (TapConnection connection in connections) { connection.Close(); }
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        Close();
    }

    /// <summary>Whether nothing is passed on in a direction.</summary>
    internal bool IsCut(TapDirection direction)
    {
        lock (_gate) { return _isCut[(int)direction]; }
    }

    /// <summary>A frame has come.</summary>
    internal void See(TapFrame frame) => _seen(frame);

    /// <summary>Whether a frame is to be held.</summary>
    internal bool TryHold(TapFrame frame, TapPipe pipe)
    {
        lock (_gate)
        {
            TapHold? hold = _holds.Find(hold => hold.TryTake(frame, pipe));
            return hold is not null && _holds.Remove(hold);
        }
    }

    /// <summary>Whether a frame is to be truncated.</summary>
    internal bool TryTruncate(TapFrame frame)
    {
        lock (_gate)
        {
            if (_truncated?.Invoke(frame) != true) { return false; }
            _truncated = null;
            return true;
        }
    }

    /// <summary>How long a frame is kept.</summary>
    internal TimeSpan? DelayOf(TapFrame frame) => Delay?.Invoke(frame);

    private void Accept()
    {
        while (true)
        {
            Socket near;
            try { near = _listener.Accept(); }
            catch (Exception error) when (error is SocketException or ObjectDisposedException) { return; }
            Socket far = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                near.NoDelay = true;
                far.Connect(IPAddress.Loopback, Target);
            }
            catch (Exception error) when (error is SocketException or ArgumentException)
            {
                near.Dispose();
                far.Dispose();
                continue;
            }

            TapConnection connection = new(this, near, far, _protocols());
            lock (_gate)
            {
                _connections.RemoveAll(old => old.Closed.IsSet);
                _connections.Add(connection);
            }

            connection.Start();
        }
    }
}
