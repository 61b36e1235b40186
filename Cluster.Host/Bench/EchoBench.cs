using Microsoft.Extensions.Logging.Abstractions;
using Tessera.Actors.Transport;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Bench;

/// <summary>
/// Frames there and back between two ends of the data plane in this process, over TCP and over a Unix socket, beside a bare echo of the same bytes with
/// blocking sockets in windows that alternate. Each end has one thread, in both. Goal for frames of 1 MB: 0.7.
/// </summary>
internal static class EchoBench
{
    /// <summary>Name of the operation over TCP.</summary>
    public const string TcpOp = "cluster.echo.tcp";

    /// <summary>Name of the operation over a Unix socket.</summary>
    public const string UnixOp = "cluster.echo.unix";

    private const int Windows = 15;
    private const int Columns = 1024;
    private const int WindowBytes = 128 << 20; // both ways
    private const double Goal = 0.7;
    private static readonly int[] FrameBytes = [1 << 20, 128 << 10];

    /// <summary>Measures what passes the filter.</summary>
    public static void Run(BenchContext context, CancellationToken stop)
    {
        foreach (int bytes in FrameBytes)
        {
            double? goal = bytes == FrameBytes[0] ? Goal : null;
            if (context.Accepts(TcpOp)) { Measure(context, TcpOp, PeerAddress.Tcp("127.0.0.1", 0), bytes, goal, stop); }
            if (context.Accepts(UnixOp))
            {
                DirectoryInfo folder = Directory.CreateTempSubdirectory("tessera-");
                try { Measure(context, UnixOp, PeerAddress.Unix(Path.Combine(folder.FullName, "echo")), bytes, goal, stop); }
                finally { folder.Delete(recursive: true); }
            }
        }
    }

    private static void Measure(BenchContext context, string op, PeerAddress address, int bytes, double? goal, CancellationToken stop)
    {
        using PlaneEcho plane = new(address, bytes / sizeof(float) / Columns, Columns);
        using RawEcho raw = new(address.IsUnix, bytes);
        int frames = Math.Max(1, WindowBytes / 2 / bytes);
        void Window(Action<int> echo)
        {
            stop.ThrowIfCancellationRequested();
            echo(frames);
        }

        (double limit, double value) = Bench.Measure.MedianSeconds(Windows, () => Window(raw.Echo), () => Window(plane.Echo));
        double gigabytes = 2.0 * bytes * frames / 1e9;
        context.Report(new BenchResult(op, null, bytes, 1, 1, null, gigabytes / value, "GB/s", gigabytes / limit, limit / value, goal) { LargerIsBetter = true });
    }

    /// <summary>Two ends of the data plane; the thread that reads an answer sends the next question.</summary>
    private sealed class PlaneEcho : IDisposable
    {
        private static readonly PeerId Asker = new(1);
        private static readonly PeerId Answerer = new(2);
        private readonly Inbox _asking = new();
        private readonly Inbox _answering = new();
        private readonly PeerNetwork _asker;
        private readonly PeerNetwork _answerer;
        private readonly ManualResetEventSlim _found = new();
        private readonly ManualResetEventSlim _done = new();
        private readonly Message _question;
        private int _left;

        public PlaneEcho(PeerAddress address, int rows, int columns)
        {
            Tensor payload = AlignedFloats.Dense(rows, columns);
            _question = new Message { Kind = MessageKind.Forward, To = Recipient.Node, Peer = Answerer, Term = Term.First, Payload = payload };
            _asker = new PeerNetwork(new PeerNetworkSettings { Self = Asker, Name = "asker" }, _asking, NullLogger.Instance);
            _answerer = new PeerNetwork(new PeerNetworkSettings { Self = Answerer, Name = "answerer" }, _answering, NullLogger.Instance);
            _asking.Found = _found.Set;
            _asking.Take = (in Message _) =>
            {
                if (--_left > 0) { _asker.Send(_question); }
                else { _done.Set(); }
            };
            _answering.Take = (in Message question) => _answerer.Send(question);
            _asker.SetPeers([(Answerer, _answerer.Listen(address))]);
            _found.Wait();
        }

        public void Echo(int frames)
        {
            _done.Reset();
            _left = frames;
            _asker.Send(_question);
            _done.Wait();
        }

        public void Dispose()
        {
            _asker.Dispose();
            _answerer.Dispose();
            _found.Dispose();
            _done.Dispose();
        }
    }

    private delegate void MessageAction(in Message message);

    private sealed class Inbox : IPeerInbox
    {
        public MessageAction? Take { get; set; }

        public Action? Found { get; set; }

        public void Deliver(in Message message, ReceiveLease? lease)
        {
            Take!(message);
            lease?.Release();
        }

        public void PeerLost(PeerId peer, string reason)
        {
            // Nothing is repeated here; a window that never ends would tell.
        }

        public void PeerFound(PeerId peer) => Found?.Invoke();
    }
}
