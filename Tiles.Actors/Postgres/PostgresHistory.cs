using Tessera.Actors.Stores;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Postgres;

/// <summary>Everything that a run ever committed and every term that was given out, for verification: kept when manifests are retired.</summary>
/// <param name="Commits">Manifests in the order of their commits.</param>
/// <param name="Grants">Terms, rising.</param>
public sealed record PostgresHistory(IReadOnlyList<CommitRecord> Commits, IReadOnlyList<TermRecord> Grants)
{
    /// <summary>Reads the history of a run.</summary>
    /// <param name="connectionString">The database, in Npgsql's form or as <c>postgres://user:password@host/database</c>.</param>
    /// <param name="run">Name of the run.</param>
    /// <exception cref="StoreException">There is no such run; the database cannot be reached.</exception>
    public static PostgresHistory Read(string connectionString, string run)
    {
        RunName.Require(run);
        using var session = new PostgresSession(
            PostgresAddress.Parse(connectionString), "tessera history", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(20), isReadOnly: true);
        return session.Run("read the history", () =>
        {
            PostgresSchema.Require(session);
            if (session.Query("SELECT 1 FROM tessera.runs WHERE run = $1", row => row.GetInt32(0), run).Count == 0)
            {
                throw PostgresRunStore.NoRun(session, run);
            }

            var commits = session.Query(
                "SELECT position, term, step, sha256, peer, at FROM tessera.history WHERE run = $1 ORDER BY position",
                row => new CommitRecord(
                    row.GetInt64(0), new Term(checked((ulong)row.GetInt64(1))), new StepId(checked((ulong)row.GetInt64(2))), new BlobHash(row.GetString(3)),
                    row.IsDBNull(4) ? null : new PeerId(row.GetInt32(4)), row.GetFieldValue<DateTimeOffset>(5)),
                run);
            var grants = session.Query(
                "SELECT term, peer, name, granted_at FROM tessera.terms WHERE run = $1 ORDER BY term",
                row => new TermRecord(
                    new Term(checked((ulong)row.GetInt64(0))), row.IsDBNull(1) ? null : new PeerId(row.GetInt32(1)), row.GetString(2),
                    row.GetFieldValue<DateTimeOffset>(3)),
                run);
            return new PostgresHistory(commits, grants);
        });
    }
}

/// <summary>A manifest that was committed.</summary>
/// <param name="Position">Rises from commit to commit, with gaps.</param>
/// <param name="Term">Its term.</param>
/// <param name="Step">Its step.</param>
/// <param name="Manifest">SHA-256 of its text.</param>
/// <param name="Peer">Who led the term; null where a tool wrote it.</param>
/// <param name="At">When, by the clock of the server.</param>
public sealed record CommitRecord(long Position, Term Term, StepId Step, BlobHash Manifest, PeerId? Peer, DateTimeOffset At);

/// <summary>A term that was given out.</summary>
/// <param name="Term">The term.</param>
/// <param name="Peer">To whom; null where a tool raised it.</param>
/// <param name="Name">Name of that process, or empty.</param>
/// <param name="At">When, by the clock of the server.</param>
public sealed record TermRecord(Term Term, PeerId? Peer, string Name, DateTimeOffset At);
