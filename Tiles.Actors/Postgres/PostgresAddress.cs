using Npgsql;
using Tessera.Actors.Stores;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Postgres;

/// <summary>
/// How a database is reached, from a text in Npgsql's form (<c>Host=db;Username=tessera;...</c>) or as
/// <c>postgres://user:password@host:port/database?sslmode=require</c>.
/// </summary>
internal sealed class PostgresAddress
{
    private static readonly string[] Schemes = ["postgres", "postgresql"];
    private readonly NpgsqlConnectionStringBuilder _parts;

    private PostgresAddress(NpgsqlConnectionStringBuilder parts) => _parts = parts;

    /// <summary>For people: host, port and database, never a password.</summary>
    public string Name => $"PostgreSQL at {_parts.Host}:{_parts.Port}, database '{_parts.Database ?? _parts.Username}'";

    /// <summary>Reads the text.</summary>
    /// <exception cref="StoreException">It is of neither form.</exception>
    public static PostgresAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            var isUri = Uri.TryCreate(text, UriKind.Absolute, out var uri) && Schemes.Contains(uri.Scheme);
            var parts = isUri ? FromUri(uri!) : new NpgsqlConnectionStringBuilder(text);
            if (string.IsNullOrEmpty(parts.Host))
            {
                throw Refuse("names no host");
            }

            return new PostgresAddress(parts);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
        {
            throw Refuse("cannot be read"); // without the inner error, which may quote a password
        }
    }

    /// <summary>The connection string of a session that is not shared with others.</summary>
    /// <param name="connectSeconds">How long connecting may take.</param>
    /// <param name="command">How long a statement may take.</param>
    /// <param name="application">What the server shows for it.</param>
    public string ForSession(int connectSeconds, TimeSpan command, string application) => new NpgsqlConnectionStringBuilder(_parts.ConnectionString)
    {
        Pooling = false,
        Enlist = false,
        Multiplexing = false,
        Timeout = connectSeconds,
        CommandTimeout = (int)Math.Ceiling(command.TotalSeconds),
        CancellationTimeout = -1, // the server ends a statement by itself at the same time
        ApplicationName = application,
        IncludeErrorDetail = false,

        // Asking whether the server would speak GSS has no time limit in Npgsql: a server that is frozen would hold this process for ever.
        GssEncryptionMode = _parts.GssEncryptionMode == GssEncryptionMode.Prefer ? GssEncryptionMode.Disable : _parts.GssEncryptionMode,
    }.ConnectionString;

    private static NpgsqlConnectionStringBuilder FromUri(Uri uri)
    {
        var parts = new NpgsqlConnectionStringBuilder { Host = uri.Host, Port = uri.IsDefaultPort || uri.Port < 0 ? 5432 : uri.Port };
        var account = uri.UserInfo.Split(':', 2);
        if (account[0].Length > 0)
        {
            parts.Username = Uri.UnescapeDataString(account[0]);
        }

        if (account.Length == 2)
        {
            parts.Password = Uri.UnescapeDataString(account[1]);
        }

        if (uri.AbsolutePath.Trim('/') is { Length: > 0 } database)
        {
            parts.Database = Uri.UnescapeDataString(database);
        }

        foreach (var option in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = option.Split('=', 2);
            var (key, value) = (pair[0], Uri.UnescapeDataString(pair.Length == 2 ? pair[1] : string.Empty));
            switch (key)
            {
                case "sslmode":
                    parts["SSL Mode"] = value.Replace("-", string.Empty, StringComparison.Ordinal);
                    break;
                case "sslrootcert":
                    parts.RootCertificate = value;
                    break;
                default:
                    parts[key] = value;
                    break;
            }
        }

        return parts;
    }

    private static StoreException Refuse(string seen) => new(
        Refusal.Unfit,
        $"The address of PostgreSQL {seen}; expected 'Host=HOST;Port=5432;Username=USER;Password=...;Database=NAME' or 'postgres://USER:...@HOST:5432/NAME'.");
}
