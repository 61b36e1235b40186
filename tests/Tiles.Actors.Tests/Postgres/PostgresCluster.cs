using System.Diagnostics;
using Tessera.Actors.ControlPlanes;
using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Actors.Tests.ControlPlanes;
using Tessera.Actors.Tests.Support;

namespace Tessera.Actors.Tests.Postgres;

/// <summary>A run in PostgreSQL with the processes of one test, each with a session of its own.</summary>
internal sealed class PostgresCluster : ControlPlaneConformanceTests.Cluster
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    private readonly PostgresFixture? _shared;
    private readonly PostgresServer? _own;
    private readonly PostgresRunStore _store;
    private readonly List<PostgresControlPlane> _planes = [];

    public PostgresCluster(PostgresFixture shared, ControlPlaneConformanceTests.Wishes wishes)
    {
        PostgresFixture.RequireInstalled();
        if (wishes.Restarts)
        {
            _own = PostgresServer.Start();
        }
        else
        {
            _shared = shared;
        }

        Settings = new PostgresControlSettings
        {
            LeaseDuration = wishes.ShortLeases ? Short : Long,
            GoneAfter = TimeSpan.FromMilliseconds(wishes.ShortLeases ? 600 : 100),
            CallTimeout = TimeSpan.FromSeconds(10),
        };
        Run = shared.NewRun();
        _store = PostgresRunStore.Create(ConnectionString, Run, StoreSamples.Identity);
    }

    public PostgresControlSettings Settings { get; }

    public string Run { get; }

    public string ConnectionString => (_own ?? _shared!.Server).ConnectionString;

    public PostgresServer Server => _own ?? throw new InvalidOperationException("The server is shared: wish for restarts.");

    public override IRunStore Store => _store;

    public override IControlPlane Open()
    {
        var plane = new PostgresControlPlane(ConnectionString, Run, Settings);
        _planes.Add(plane);
        return plane;
    }

    public override void Kill(IControlPlane view) => ((PostgresControlPlane)view).Dispose();

    public override void PassUntilDeadAreNoticed() => Sleep(3 * Settings.GoneAfter);

    public override void Restart() => Server.Restart();

    public override void Outage(Action meanwhile)
    {
        Server.Stop();
        var start = Stopwatch.GetTimestamp();
        meanwhile();
        SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(start) > 1.5 * Settings.LeaseDuration);
        Server.Start();
    }

    public override void Pause() => Sleep(TimeSpan.FromMilliseconds(20));

    /// <summary>Lets time pass on the server's clock.</summary>
    public void Sleep(TimeSpan time) => PostgresFixture.Scalar(ConnectionString, FormattableString.Invariant($"SELECT pg_sleep({time.TotalSeconds})"));

    protected override void Dispose(bool disposing)
    {
        _planes.ForEach(plane => plane.Dispose());
        _store.Dispose();
        _own?.Dispose();
    }
}
