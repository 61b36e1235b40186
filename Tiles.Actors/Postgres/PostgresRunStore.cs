using Tessera.Actors.Stores;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Postgres;

/// <summary>
/// The state of a run in PostgreSQL (docs/control-plane.md), beside other runs and in the same database as their control plane, so that whoever gets
/// a new term there
/// shuts out the writers of older ones in the same transaction. Whatever it confirms survives a loss of power; whatever fails leaves the older
/// checkpoints good
/// and the store ready for the next attempt, also after the server was restarted. Any number of processes may write. Calls block and may come from any
/// thread, one at a time.
/// </summary>
public sealed partial class PostgresRunStore : IRunStore, IDisposable
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(20);
    private readonly PostgresSession _session;
    private readonly DirectoryBlobStore? _files;
    private readonly bool _isReadOnly;
    private readonly int _keep;

    private PostgresRunStore(PostgresSession session, string run, RunIdentity identity, int keep, DirectoryBlobStore? files, bool isReadOnly)
    {
        _session = session;
        _keep = keep;
        _files = files;
        _isReadOnly = isReadOnly;
        Run = run;
        Identity = identity;
    }

    /// <summary>Name of the run in the database.</summary>
    public string Run { get; }

    /// <summary>What the run was begun with.</summary>
    public RunIdentity Identity { get; }

    /// <inheritdoc/>
    public Term CurrentTerm => _session.Run("read the term", () => ReadRun(string.Empty).Term);

    private string Source => $"run '{Run}' in {_session.Source}";

    /// <summary>Begins a new run.</summary>
    /// <param name="connectionString">The database, in Npgsql's form or as <c>postgres://user:password@host/database</c>.</param>
    /// <param name="run">Name of the run: letters, digits, <c>-</c>, <c>_</c>, <c>.</c></param>
    /// <param name="identity">What the run is.</param>
    /// <param name="keep">Complete checkpoints to keep, 1 or more.</param>
    /// <param name="files">Where the bytes of blobs go, a directory of this run alone that all its processes share; null keeps them in the database.</param>
    /// <param name="timeout">How long a statement may take; 60 seconds by default.</param>
    /// <exception cref="StoreException"><see cref="Refusal.Unfit"/> where there is such a run; the database cannot be reached or written.</exception>
    public static PostgresRunStore Create(
        string connectionString, string run, RunIdentity identity, int keep = CommitRules.KeepByDefault, DirectoryBlobStore? files = null,
        TimeSpan? timeout = null) =>
        Open(connectionString, run, Opening.MustBeNew, identity, keep, files, timeout);

    /// <summary>Opens a run to go on with it. Otherwise as <see cref="Create"/>.</summary>
    /// <exception cref="StoreException">Missing, or of a schema that does not fit; the database cannot be reached or written.</exception>
    public static PostgresRunStore Open(
        string connectionString, string run, int keep = CommitRules.KeepByDefault, DirectoryBlobStore? files = null, TimeSpan? timeout = null) =>
        Open(connectionString, run, Opening.MustExist, null, keep, files, timeout);

    /// <summary>Opens a run to go on with it, or begins it. Otherwise as <see cref="Create"/>.</summary>
    /// <exception cref="StoreException"><see cref="Refusal.Unfit"/> where there is such a run of another configuration.</exception>
    public static PostgresRunStore OpenOrCreate(
        string connectionString, string run, RunIdentity identity, int keep = CommitRules.KeepByDefault, DirectoryBlobStore? files = null,
        TimeSpan? timeout = null) =>
        Open(connectionString, run, Opening.MayExist, identity, keep, files, timeout);

    /// <summary>Opens a run to read it, also while others write it.</summary>
    /// <exception cref="StoreException">Missing, or of a schema that does not fit; the database cannot be reached.</exception>
    public static PostgresRunStore OpenReadOnly(string connectionString, string run, DirectoryBlobStore? files = null, TimeSpan? timeout = null) =>
        Open(connectionString, run, Opening.ReadOnly, null, CommitRules.KeepByDefault, files, timeout);

    /// <inheritdoc/>
    public Term RaiseTerm()
    {
        RequireWritable();
        var term = _session.Run(
            "raise the term", () => _session.Query("SELECT tessera.raise_term($1, NULL, '')", row => row.IsDBNull(0) ? 0 : row.GetInt64(0), Run)[0]);
        if (term == 0)
        {
            throw NoRun(_session, Run);
        }

        DeleteFiles(new Term((ulong)term), []);
        return new Term((ulong)term);
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    /// <summary>The error for a run that is not there.</summary>
    internal static StoreException NoRun(PostgresSession session, string run) => new(
        Refusal.Missing, $"There is no run '{run}' in {session.Source}. Check the name of the run and the address, or begin it with its experiment.");

    private static PostgresRunStore Open(
        string connectionString, string run, Opening opening, RunIdentity? identity, int keep, DirectoryBlobStore? files, TimeSpan? timeout)
    {
        CommitRules.RequireKeep(keep);
        RunName.Require(run);
        var isReadOnly = opening == Opening.ReadOnly;
        var session = new PostgresSession(PostgresAddress.Parse(connectionString), "tessera store", timeout ?? DefaultTimeout, LockTimeout, isReadOnly);
        try
        {
            var seen = session.Run("open the run", () =>
            {
                if (isReadOnly)
                {
                    PostgresSchema.Require(session);
                }
                else
                {
                    PostgresSchema.Prepare(session);
                }

                var isNew = identity is not null && opening != Opening.MustExist && Begin(session, run, identity, files is not null);
                if (opening == Opening.MustBeNew && !isNew)
                {
                    throw new StoreException(
                        Refusal.Unfit,
                        $"There is a run '{run}' in {session.Source} already, expected none. Resume it, or give this one another name (--run).");
                }

                return Find(session, run, string.Empty) ?? throw NoRun(session, run);
            });
            RequireSame(session, run, identity, seen, files is not null);
            return new PostgresRunStore(session, run, seen.Identity, keep, files, isReadOnly);
        }
        catch (StoreException)
        {
            session.Dispose();
            throw;
        }
    }

    private static bool Begin(PostgresSession session, string run, RunIdentity identity, bool files) => session.Execute(
        "INSERT INTO tessera.runs(run, configuration_hash, engine, numerics_version, files) VALUES($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        run, identity.ConfigurationHash, identity.Engine, identity.NumericsVersion, files) == 1;

    private static void RequireSame(PostgresSession session, string run, RunIdentity? identity, RunRow seen, bool files)
    {
        if (identity is not null && identity.ConfigurationHash != seen.Identity.ConfigurationHash)
        {
            throw new StoreException(
                Refusal.Unfit,
                $"Run '{run}' in {session.Source} is of configuration {Short(seen.Identity)}..., this experiment is of {Short(identity)}...: "
                + "it is another one. Give this run another name (--run), or use the experiment that began it.");
        }

        if (files != seen.Files)
        {
            throw new StoreException(
                Refusal.Unfit,
                seen.Files
                    ? $"Run '{run}' in {session.Source} keeps its blobs in a shared directory, and none was given. "
                        + "Give the one that it was begun with (--blobs)."
                    : $"Run '{run}' in {session.Source} keeps its blobs in the database, and a directory was given. Leave out the directory (--blobs).");
        }
    }

    private static string Short(RunIdentity identity) => identity.ConfigurationHash[..Math.Min(12, identity.ConfigurationHash.Length)];

    private static RunRow? Find(PostgresSession session, string run, string locking) => session.Query(
        "SELECT configuration_hash, engine, numerics_version, term, generation, newest, files FROM tessera.runs WHERE run = $1 " + locking,
        row => new RunRow(
            new RunIdentity(row.GetString(0), row.GetString(1), row.GetInt32(2)), new Term(checked((ulong)row.GetInt64(3))),
            row.GetInt64(4), row.GetString(5), row.GetBoolean(6)),
        run).FirstOrDefault();

    /// <summary>The run's row.</summary>
    /// <param name="locking"><c>FOR SHARE</c>: nobody gets a new term meanwhile; <c>FOR UPDATE</c>: nobody stores anything either; or nothing.</param>
    private RunRow ReadRun(string locking) => Find(_session, Run, locking) ?? throw NoRun(_session, Run);

    private void RequireWritable()
    {
        if (_isReadOnly)
        {
            throw new StoreException(Refusal.Unavailable, $"The {Source} was opened to be read only. Open it for writing.");
        }
    }

    private enum Opening
    {
        MustBeNew,
        MustExist,
        MayExist,
        ReadOnly,
    }

    private sealed record RunRow(RunIdentity Identity, Term Term, long Generation, string Newest, bool Files);
}
