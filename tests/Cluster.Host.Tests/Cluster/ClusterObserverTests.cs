using Microsoft.Extensions.Logging.Abstractions;
using Tessera.Actors.Stores;
using Tessera.Actors.Transport;
using Tessera.Coordination.Training;
using Tessera.Host.Cluster;
using Tessera.Host.CommandLine;
using Tessera.Host.Http;
using Tessera.Host.Runs;
using Tessera.Host.Tests.CommandLine;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Tests.Cluster;

public sealed class ClusterObserverTests : IDisposable
{
    private static readonly EpochReport Epoch = new(1, 13, 0.5, 0.75, 0.1f, 2, 100, 1000);
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly StringWriter _output = new();

    public void Dispose()
    {
        _folder.Dispose();
        _stop.Dispose();
        _output.Dispose();
    }

    [Fact]
    public void Whoever_is_asked_to_end_does_not_wait_for_a_database_that_is_away()
    {
        AwayLog epochs = new(() => _stop.Cancel());
        ClusterObserver observer = Observe(epochs);

        Assert.Throws<OperationCanceledException>(() => observer.OnEpoch(Epoch));
        Assert.Throws<OperationCanceledException>(() => observer.OnOpened(13));
        Assert.False(File.Exists(_folder.PathOf("metrics.csv"))); // the epoch is reported again to whoever leads next
    }

    [Fact]
    public void An_epoch_is_kept_as_soon_as_the_database_is_back_and_the_files_are_written_anew_at_an_opening()
    {
        AwayLog epochs = new(() => { }) { FailuresLeft = 1 };
        ClusterObserver observer = Observe(epochs);

        observer.OnEpoch(Epoch);
        Assert.Single(epochs.Records);
        epochs.Records.Add(new EpochRecord(new StepId(26), 2, MetricsWriter.ToJson(Epoch with { Epoch = 2, Step = 26 })));
        observer.OnOpened(13);

        string[] lines = File.ReadAllLines(_folder.PathOf("metrics.csv"));
        Assert.Equal(2, lines.Length); // the second epoch is ahead of the checkpoint
        Assert.StartsWith("1,13,0.5,0.75,", lines[1], StringComparison.Ordinal);
        Assert.Equal(lines.Length - 1, File.ReadAllLines(_folder.PathOf("metrics.jsonl")).Length);
    }

    private ClusterObserver Observe(IEpochLog epochs)
    {
        CliConsole console = new(_output, _output, IsTerminal: false);
        ProcessPlace place = new() { Cluster = new ClusterPlace("Host=db", "run", null), Name = "lead", Listen = PeerAddress.Tcp("127.0.0.1", 0) };
        CoordinatorStatusSource status = new(new StatusParts(ProcessStatus.Coordinator, place, links: null!), place.Name);
        MetricsWriter metrics = new(RunFolder.InCluster(_folder.Root));
        return new ClusterObserver(RunDisplays.Create(console, false, 2), metrics, epochs, status, NullLogger.Instance, () => { }, _stop.Token);
    }

    /// <summary>A database that is away a number of times.</summary>
    private sealed class AwayLog(Action onCall) : IEpochLog
    {
        public int FailuresLeft { get; set; } = int.MaxValue;

        public List<EpochRecord> Records { get; } = [];

        public void Append(StepId step, int epoch, string json)
        {
            Fail();
            Records.Add(new EpochRecord(step, epoch, json));
        }

        public IReadOnlyList<EpochRecord> ReadAll()
        {
            Fail();
            return Records;
        }

        private void Fail()
        {
            onCall();
            if (FailuresLeft-- > 0) { throw new StoreException(Refusal.Unavailable, "away"); }
        }
    }
}
