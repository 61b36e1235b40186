using System.Net.Sockets;
using Npgsql;
using Tessera.Actors.Stores;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Postgres;

/// <summary>Failures of PostgreSQL as errors of the store: what happened where, and the way out. Never a password.</summary>
internal static class PostgresErrors
{
    /// <summary>Whether an exception is one that can be translated.</summary>
    public static bool IsKnown(Exception error) =>
        error is NpgsqlException or SocketException or IOException or TimeoutException or InvalidOperationException or InvalidCastException or OverflowException
            or FormatException or OperationCanceledException;

    /// <summary>Translates.</summary>
    /// <param name="source">Where, as <see cref="PostgresAddress.Name"/> says it.</param>
    /// <param name="what">What was attempted, for instance <c>read a blob</c>.</param>
    /// <param name="error">The failure.</param>
    public static StoreException Translate(string source, string what, Exception error) => error switch
    {
        StoreException known => known,
        PostgresException refused => Translate(source, what, refused),
        InvalidCastException or OverflowException or FormatException => Failure(
            Refusal.Damaged, source, what, "a value is not of the kind that was written", "Restore the database from a backup or repeat the run.", error),
        { InnerException: TimeoutException } or TimeoutException => Failure(
            Refusal.Unavailable, source, what, "it does not answer in time", "Check that the server runs and is not overloaded; it is tried again.", error),
        _ => Failure(
            Refusal.Unavailable, source, what, "it cannot be reached", "Check address and network, and that the server runs; it is tried again.", error),
    };

    private static StoreException Translate(string source, string what, PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.DiskFull => Failure(
            Refusal.Full, source, what, "its disk is full", "Free some space there; checkpoints stored before stay good.", error),
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => Failure(
            Refusal.Damaged, source, what, "its data is damaged", "Restore the database from a backup or repeat the run.", error),
        PostgresErrorCodes.InsufficientPrivilege => Failure(
            Refusal.Unfit, source, what, "this role may not do so",
            "The role that uses tessera first needs CREATE on the database (GRANT CREATE ON DATABASE name TO role), later ones the same role.", error),
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => Failure(
            Refusal.Unavailable, source, what, "it does not let this role in", "Check role, password and pg_hba.conf of the server.", error),
        PostgresErrorCodes.InvalidCatalogName => Failure(
            Refusal.Unfit, source, what, "there is no such database", "Create it (CREATE DATABASE name), or correct the address.", error),
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.UndefinedColumn
            or PostgresErrorCodes.InvalidSchemaName => Failure(
            Refusal.Unfit, source, what, "its schema 'tessera' is not the one of this version",
            "Drop or restore the schema as a whole, then start again.", error),
        PostgresErrorCodes.TooManyConnections => Failure(
            Refusal.Unavailable, source, what, "it has no connection to spare", "Raise max_connections, or end other clients; it is tried again.", error),
        PostgresErrorCodes.ReadOnlySqlTransaction => Failure(
            Refusal.Unavailable, source, what, "it can only be read: it may be a standby", "Give the address of the primary server.", error),
        PostgresErrorCodes.CannotConnectNow => Failure(
            Refusal.Unavailable, source, what, "it is starting up or shutting down", "Wait; it is tried again.", error),
        ['2', '2', ..] or ['5', '4', ..] => Failure(
            Refusal.Unfit, source, what, "a value does not fit", "Use smaller tiles, or other names.", error),
        _ => Failure(Refusal.Unavailable, source, what, "it gave up", "Look into the server's log; it is tried again.", error),
    };

    private static StoreException Failure(Refusal refusal, string source, string what, string why, string wayOut, Exception error) =>
        new(refusal, $"Cannot {what} in {source}: {why} ({Text(error)}). {wayOut}", error);

    private static string Text(Exception error) => (error switch
    {
        PostgresException refused => $"{refused.SqlState}: {refused.MessageText}",
        NpgsqlException { InnerException: { } inner } => inner.Message,
        _ => error.Message,
    }).TrimEnd('.');
}
