using Tessera.Host.Http;

namespace Tessera.Host.Tests.Http;

/// <summary>A source that says what a test wants, with a status of every kind.</summary>
internal sealed class FixedStatus(ProcessStatus status) : IStatusSource
{
    public static readonly ProcessStatus Leading = new()
    {
        Role = ProcessStatus.Coordinator,
        Name = "coordinator-0",
        Run = "mnist",
        Peer = 1,
        Version = "0.1.0",
        Protocol = 1,
        UptimeSeconds = 3661.5,
        Ready = true,
        Term = 3,
        Leader = "coordinator-0",
        Members =
        [
            new MemberStatus
            {
                Name = "node-0",
                Peer = 2,
                Address = "tcp://10.0.0.5:7400",
                Cores = 4,
                MemoryBytes = 8L << 30,
                Labels = "zone=a",
                Draining = false,
                Tiles = 3,
                State = "connected",
            },
            new MemberStatus { Name = "node-1", Peer = 5, Address = "tcp://10.0.0.6:7400", Cores = 2, MemoryBytes = 4L << 30, Draining = true, Tiles = 1 },
        ],
        Placement = new Dictionary<string, string> { ["hidden1/T0"] = "node-0", ["hidden1/T1"] = "node-1" },
        Phase = "training",
        Step = 8400,
        Steps = 12000,
        Epoch = 2,
        SamplesPerSecond = 812.44,
        CheckpointStep = 8000,
        Repeats = 7,
        RedoneSteps = 12,
        TileLatency = new LatencyStatus { P50Ms = 0.41, P99Ms = 1.92, Count = 12345 },
    };

    public static readonly ProcessStatus Node = new()
    {
        Role = ProcessStatus.Node,
        Name = "node-0",
        Run = "mnist",
        Peer = 2,
        Version = "0.1.0",
        Protocol = 1,
        UptimeSeconds = 60,
        Ready = false,
        NotReadyReason = "no coordinator leads",
        Term = 2,
        Suspended = true,
        Step = 8400,
        BytesSent = 3 << 20,
        BytesReceived = 1024,
        Tiles = [new TileStatus { Name = "hidden1/T0" }],
    };

    public ProcessStatus Read() => status;
}
