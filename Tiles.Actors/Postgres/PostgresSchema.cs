using System.Globalization;
using Tessera.Actors.Stores;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Postgres;

/// <summary>
/// The schema <c>tessera</c> of a database: created and brought up to date by whoever comes first, forward only, one process at a time. Its
/// statements are the
/// files <c>Schema/N.sql</c>, of which each is done once.
/// </summary>
internal static class PostgresSchema
{
    /// <summary>The version that this program works with.</summary>
    public const int Version = 2;

    /// <summary>Oldest server that has all that is used.</summary>
    public static readonly Version ServerMin = new(13, 0);

    private const long LockKey = 0x74657373657261; // "tessera"

    /// <summary>Brings the schema up to date. Within <see cref="PostgresSession.Run"/>.</summary>
    /// <exception cref="StoreException">The server is too old, the schema is newer than this program, or the role may not create it.</exception>
    public static void Prepare(PostgresSession session)
    {
        RequireServer(session.ServerVersion, session.Source);
        if (Seen(session) == Version)
        {
            return;
        }

        session.InTransaction(() =>
        {
            session.Execute("SELECT pg_advisory_xact_lock($1)", LockKey);
            var seen = Seen(session);
            for (var version = seen + 1; version <= Version; version++)
            {
                if (version == 1)
                {
                    session.Execute("CREATE SCHEMA IF NOT EXISTS tessera");
                    session.Execute("CREATE TABLE tessera.schema_version(version int NOT NULL)");
                    session.Execute("INSERT INTO tessera.schema_version VALUES(0)");
                }

                session.Execute(Text(version));
                session.Execute("UPDATE tessera.schema_version SET version = $1", version);
            }

            return seen;
        });
    }

    /// <summary>Checks the schema without changing anything. Within <see cref="PostgresSession.Run"/>.</summary>
    /// <exception cref="StoreException">There is none, or one of another version.</exception>
    public static void Require(PostgresSession session)
    {
        RequireServer(session.ServerVersion, session.Source);
        var seen = Seen(session);
        if (seen != Version)
        {
            throw seen == 0
                ? new StoreException(Refusal.Missing, $"{session.Source} has no schema 'tessera': no run was ever kept there. Check the address.")
                : new StoreException(
                    Refusal.Unfit,
                    $"The schema 'tessera' of {session.Source} has version {seen}, this program reads version {Version}. "
                    + "Start a run or resume one with this program once, which brings it up to date.");
        }
    }

    /// <summary>Refuses a server that is too old.</summary>
    internal static void RequireServer(Version seen, string source)
    {
        if (seen < ServerMin)
        {
            throw new StoreException(
                Refusal.Unfit, $"{source} is PostgreSQL {seen}, expected {ServerMin.Major} or newer. Upgrade the server or use another one.");
        }
    }

    private static int Seen(PostgresSession session)
    {
        // Not to_regclass, which may remember that there was none before another process created it.
        const string IsThere = "SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = 'tessera' AND tablename = 'schema_version')";
        if (!session.Query(IsThere, row => row.GetBoolean(0))[0])
        {
            return 0;
        }

        var seen = session.Query("SELECT version FROM tessera.schema_version", row => row.GetInt32(0)).FirstOrDefault();
        return seen <= Version
            ? seen
            : throw new StoreException(
                Refusal.Unfit,
                $"The schema 'tessera' of {session.Source} has version {seen}, this program knows versions up to {Version}: a newer one has used it. "
                + "Use that one, or another database.");
    }

    private static string Text(int version)
    {
        using var stream = typeof(PostgresSchema).Assembly.GetManifestResourceStream(
            string.Create(CultureInfo.InvariantCulture, $"Tessera.Actors.Postgres.Schema.{version}.sql"))!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
