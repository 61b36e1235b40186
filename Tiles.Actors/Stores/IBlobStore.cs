using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Stores;

/// <summary>
/// Bytes by their hash. Calls block and may come from any thread, one at a time. A blob that was stored stays until <see cref="IManifestStore.Commit"/>
/// retires the last manifest that names it.
/// </summary>
public interface IBlobStore
{
    /// <summary>Makes the bytes durable: when this returns they survive a loss of power. Storing the same bytes again is cheap and no error.</summary>
    /// <returns>Their SHA-256.</returns>
    /// <exception cref="StoreException">They are not stored.</exception>
    BlobHash Put(ReadOnlyMemory<byte> bytes);

    /// <summary>The bytes of a hash, checked against it.</summary>
    /// <exception cref="StoreException">Missing, damaged, or the store cannot be read.</exception>
    byte[] Get(BlobHash hash);
}
