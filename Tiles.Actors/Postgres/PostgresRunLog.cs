using Tessera.Actors.Stores;
using Tessera.Protocol.Identity;

namespace Tessera.Actors.Postgres;

/// <summary>Metrics of epochs and the outcome of a run, in PostgreSQL beside its state. Calls block and may come from any thread, one at a time.</summary>
public sealed class PostgresRunLog : IEpochLog, IDisposable
{
    private readonly PostgresSession _session;
    private readonly string _run;
    private bool _isPrepared;

    /// <summary>Prepares the log; the first call connects.</summary>
    /// <param name="connectionString">The database, in Npgsql's form or as <c>postgres://user:password@host/database</c>.</param>
    /// <param name="run">Name of the run.</param>
    /// <exception cref="StoreException">The address or the name cannot be one.</exception>
    public PostgresRunLog(string connectionString, string run)
    {
        _run = RunName.Require(run);
        _session = new PostgresSession(PostgresAddress.Parse(connectionString), "tessera log", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(4));
    }

    /// <inheritdoc/>
    public void Append(StepId step, int epoch, string json) => Call("keep the metrics of an epoch", () => _session.Execute(
        "INSERT INTO tessera.epochs(run, epoch, step, json) VALUES($1, $2, $3, $4) "
        + "ON CONFLICT (run, epoch) DO UPDATE SET step = excluded.step, json = excluded.json",
        _run, epoch, checked((long)step.Value), json));

    /// <inheritdoc/>
    public IReadOnlyList<EpochRecord> ReadAll() => Call("read the metrics of epochs", () => _session.Query(
        "SELECT step, epoch, json FROM tessera.epochs WHERE run = $1 ORDER BY epoch",
        row => new EpochRecord(new StepId(checked((ulong)row.GetInt64(0))), row.GetInt32(1), row.GetString(2)),
        _run));

    /// <summary>Says how the run ended, in place of what was said before. Durable when this returns.</summary>
    /// <param name="json">A small JSON text.</param>
    /// <exception cref="StoreException">It is not kept.</exception>
    public void SetOutcome(string json) => Call("keep the outcome of the run", () => _session.Execute(
        "INSERT INTO tessera.outcomes(run, json) VALUES($1, $2) ON CONFLICT (run) DO UPDATE SET json = excluded.json, at = excluded.at", _run, json));

    /// <summary>What was said last, or null while the run goes on.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public string? ReadOutcome() => Call("read the outcome of the run", () =>
        _session.Query("SELECT json FROM tessera.outcomes WHERE run = $1", row => row.GetString(0), _run).FirstOrDefault());

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private T Call<T>(string what, Func<T> body) => _session.Run(what, () =>
    {
        if (!_isPrepared)
        {
            PostgresSchema.Prepare(_session);
            _isPrepared = true;
        }

        return body();
    });
}
