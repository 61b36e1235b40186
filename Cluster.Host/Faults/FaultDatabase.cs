using Npgsql;
using Tessera.Actors.Postgres;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Faults;

/// <summary>The database of a run, as somebody sees it who does harm to it.</summary>
/// <param name="server">Its server.</param>
/// <param name="run">Name of the run.</param>
internal sealed class FaultDatabase(PostgresServer server, string run)
{
    /// <summary>Its server.</summary>
    public PostgresServer Server => server;

    /// <summary>Terms that were given out.</summary>
    public int CountTerms() => PostgresHistory.Read(server.ConnectionString, run).Grants.Count;

    /// <summary>Flips the last bit of a tile's state in the newest checkpoint.</summary>
    /// <param name="tile">Index of the tile.</param>
    /// <returns>The checkpoint's step.</returns>
    public ulong FlipBit(int tile)
    {
        using PostgresRunStore store = PostgresRunStore.OpenReadOnly(server.ConnectionString, run);
        RunManifest newest = store.ReadNewest()!;
        ManifestBlob blob = newest.Blobs.Where(blob => blob.Kind == ManifestBlob.TileKind).ElementAt(tile);
        int changed = Execute(
            "UPDATE tessera.pieces p SET bytes = set_bit(bytes, 8 * octet_length(bytes) - 1, 1 - get_bit(bytes, 8 * octet_length(bytes) - 1)) "
            + $"FROM tessera.blobs b WHERE b.body = p.body AND b.run = '{run}' AND b.sha256 = '{blob.Hash}' AND p.piece = 0");
        FaultException.Require(changed == 1, () => $"{changed} pieces of blob {blob.Hash} were changed instead of one");
        return newest.Step;
    }

    /// <summary>From now on no blob can be written, as on a full disk.</summary>
    public void Fill()
    {
        Execute(
            """
            CREATE OR REPLACE FUNCTION tessera.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$
            """);
        Execute("CREATE TRIGGER full_disk BEFORE INSERT ON tessera.pieces EXECUTE FUNCTION tessera.full_disk()");
    }

    /// <summary>There is room again.</summary>
    public void MakeRoom()
    {
        Execute("DROP TRIGGER full_disk ON tessera.pieces");
        Execute("DROP FUNCTION tessera.full_disk()");
    }

    private int Execute(string sql)
    {
        using NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        using NpgsqlCommand command = new(sql, connection);
        return command.ExecuteNonQuery();
    }
}
