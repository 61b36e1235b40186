using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Stores;

/// <summary>
/// Bytes by their hash. Calls block and may come from any thread, one at a time. A blob that was stored stays until <see cref="IManifestStore.Commit"/>
/// retires the last manifest that names it.
/// </summary>
public interface IBlobStore
{
    /// <summary>Makes the bytes durable: when this returns they survive a loss of power. Storing the same bytes again is cheap and no error.</summary>
    /// <param name="bytes">The blob.</param>
    /// <param name="writer">Term of the writer; one that is older than the newest is refused. Null writes outside any term: a tool that copies a run.</param>
    /// <returns>Their SHA-256.</returns>
    /// <exception cref="StoreException">They are not stored: <see cref="Protocol.Messages.Refusal.OlderTerm"/> where a newer term is known.</exception>
    BlobHash Put(ReadOnlyMemory<byte> bytes, Term? writer = null);

    /// <summary>Makes several blobs durable, all of them or none; in one transaction where the store has such. Otherwise as <see cref="Put(ReadOnlyMemory{byte}, Term?)"/>.</summary>
    /// <returns>Their hashes, in the order of the blobs.</returns>
    /// <exception cref="StoreException">None of them is stored by this call.</exception>
    IReadOnlyList<BlobHash> Put(IReadOnlyList<ReadOnlyMemory<byte>> blobs, Term? writer = null);

    /// <summary>The bytes of a hash, checked against it.</summary>
    /// <exception cref="StoreException">Missing, damaged, or the store cannot be read.</exception>
    byte[] Get(BlobHash hash);
}
