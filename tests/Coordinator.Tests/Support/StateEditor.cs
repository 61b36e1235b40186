using Microsoft.Data.Sqlite;
using Tessera.Actors.Stores;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Tests.Support;

/// <summary>Changes the stored state of a run behind the store's back, as failing disks and people do.</summary>
/// <param name="path">The file of a store.</param>
internal sealed class StateEditor(string path)
{
    /// <summary>Changes the bytes under a name, which stays.</summary>
    public void Change(BlobHash hash, Func<byte[], byte[]> change)
    {
        using var connection = Open();
        using var read = connection.CreateCommand();
        read.CommandText = "SELECT bytes FROM blobs WHERE sha256 = $hash";
        read.Parameters.AddWithValue("$hash", hash.Hex);
        var bytes = (byte[])read.ExecuteScalar()!;
        using var write = connection.CreateCommand();
        write.CommandText = "UPDATE blobs SET bytes = $bytes WHERE sha256 = $hash";
        write.Parameters.AddWithValue("$hash", hash.Hex);
        write.Parameters.AddWithValue("$bytes", change(bytes));
        Assert.Equal(1, write.ExecuteNonQuery());
    }

    /// <summary>Removes a blob.</summary>
    public void Remove(BlobHash hash)
    {
        using var connection = Open();
        using var delete = connection.CreateCommand();
        delete.CommandText = "DELETE FROM blobs WHERE sha256 = $hash";
        delete.Parameters.AddWithValue("$hash", hash.Hex);
        Assert.Equal(1, delete.ExecuteNonQuery());
    }

    /// <summary>Changes the newest manifest.</summary>
    public void ChangeManifest(Func<byte[], byte[]> change)
    {
        using var connection = Open();
        using var read = connection.CreateCommand();
        read.CommandText = "SELECT json FROM manifests ORDER BY position DESC LIMIT 1";
        var json = (byte[])read.ExecuteScalar()!;
        using var write = connection.CreateCommand();
        write.CommandText = "UPDATE manifests SET json = $json WHERE position = (SELECT max(position) FROM manifests)";
        write.Parameters.AddWithValue("$json", change(json));
        Assert.Equal(1, write.ExecuteNonQuery());
    }

    /// <summary>A copy of a manifest in which one blob is another.</summary>
    public static RunManifest WithBlob(IBlobStore store, RunManifest manifest, int index, byte[] bytes)
    {
        ManifestBlob[] blobs = [.. manifest.Blobs];
        blobs[index] = blobs[index] with { Hash = store.Put(bytes) };
        return manifest with { Blobs = blobs };
    }

    /// <summary>A copy of a blob of losses with other ones.</summary>
    public static byte[] WithLosses(byte[] blob, string name, ReadOnlySpan<float> losses)
    {
        var writer = new SafetensorsWriter();
        foreach (var (key, value) in SafetensorsFile.Parse(blob, name).Metadata)
        {
            writer.AddMetadata(key, key == "name" ? name : value);
        }

        writer.AddFloats("loss", losses);
        return writer.ToArray();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}
