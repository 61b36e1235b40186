using System.Globalization;
using System.Text;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Stores;

/// <summary>
/// The table <c>meta</c> of a run's database: identity, term and the newest manifest's hash, with a checksum over all rows, so that no flipped byte
/// changes a term or hides a checkpoint unnoticed.
/// </summary>
internal sealed class StoreMeta
{
    /// <summary>The format that this version writes and reads.</summary>
    public const int CurrentFormat = 1;

    private const string FormatKey = "format";
    private const string ConfigurationHashKey = "configuration_hash";
    private const string EngineKey = "engine";
    private const string NumericsVersionKey = "numerics_version";
    private const string TermKey = "term";
    private const string GenerationKey = "generation";
    private const string NewestKey = "newest";
    private const string ChecksumKey = "checksum";
    private readonly SortedDictionary<string, string> _rows;

    private StoreMeta(SortedDictionary<string, string> rows) => _rows = rows;

    /// <summary>What the run was begun with.</summary>
    public RunIdentity Identity => new(
        _rows[ConfigurationHashKey], _rows[EngineKey], int.Parse(_rows[NumericsVersionKey], CultureInfo.InvariantCulture));

    /// <summary>The newest term.</summary>
    public Term Term
    {
        get => new(ulong.Parse(_rows[TermKey], CultureInfo.InvariantCulture));
        set => _rows[TermKey] = value.Value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Manifests committed so far: blobs carry the generation in which they were put last.</summary>
    public long Generation
    {
        get => long.Parse(_rows[GenerationKey], CultureInfo.InvariantCulture);
        set => _rows[GenerationKey] = value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>SHA-256 of the newest manifest's text, empty where there is none.</summary>
    public string Newest
    {
        get => _rows[NewestKey];
        set => _rows[NewestKey] = value;
    }

    /// <summary>The meta rows of a new run, before its first term.</summary>
    public static StoreMeta Begin(RunIdentity identity, int format) => new(new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [FormatKey] = format.ToString(CultureInfo.InvariantCulture),
        [ConfigurationHashKey] = identity.ConfigurationHash,
        [EngineKey] = identity.Engine,
        [NumericsVersionKey] = identity.NumericsVersion.ToString(CultureInfo.InvariantCulture),
        [TermKey] = "0",
        [GenerationKey] = "0",
        [NewestKey] = string.Empty,
    });

    /// <summary>Reads and checks the rows. Another format is refused before anything else is looked at.</summary>
    public static StoreMeta Read(SqliteSession session)
    {
        var rows = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in session.Query("SELECT key, value FROM meta", row => (row.GetString(0), row.GetString(1))))
        {
            rows[key] = value;
        }

        var format = rows.GetValueOrDefault(FormatKey, "nothing");
        if (int.TryParse(format, CultureInfo.InvariantCulture, out var number) && number > CurrentFormat)
        {
            throw new StoreException(
                Refusal.Damaged,
                $"'{session.Path}' has format {number}, this version reads up to format {CurrentFormat}. "
                + "Use the version that wrote it, or a newer one.");
        }

        rows.Remove(ChecksumKey, out var checksum);
        if (checksum != Checksum(rows))
        {
            throw new StoreException(
                Refusal.Damaged,
                $"Table 'meta' of '{session.Path}' does not match its own checksum: it was changed after it was written. "
                + "Restore the file from a backup or repeat the run.");
        }

        return new StoreMeta(rows);
    }

    /// <summary>Writes all rows.</summary>
    public void Write(SqliteSession session)
    {
        foreach (var (key, value) in _rows)
        {
            Write(session, key, value);
        }

        Write(session, ChecksumKey, Checksum(_rows));
    }

    private static void Write(SqliteSession session, string key, string value) =>
        session.Execute("INSERT OR REPLACE INTO meta(key, value) VALUES($key, $value)", ("$key", key), ("$value", value));

    private static string Checksum(SortedDictionary<string, string> rows)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in rows)
        {
            text.Append(key).Append('=').Append(value).Append('\n');
        }

        return BlobHash.Of(Encoding.UTF8.GetBytes(text.ToString())).Hex;
    }
}
