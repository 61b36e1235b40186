using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Stores;

/// <summary>
/// The bytes of blobs as files of a directory that all processes of a run share: <c>ab/abcdef....safetensors</c>. A file appears whole or not at all,
/// and survives a
/// loss of power as far as the file system keeps what it confirms. It knows no terms and no manifests: what may be written, and what may go, is for the
/// store to say that lists the blobs. Calls may come from any thread and process at any time.
/// </summary>
public sealed partial class DirectoryBlobStore
{
    private const string Extension = ".safetensors";
    private const string Temporary = ".part";
    private const int PieceBytes = 1 << 20;
    private static readonly TimeSpan UnfinishedMax = TimeSpan.FromDays(1);

    /// <summary>Opens a directory, which is created where missing.</summary>
    /// <param name="folder">The directory; a run has one for itself.</param>
    /// <exception cref="StoreException">It cannot be created.</exception>
    public DirectoryBlobStore(string folder)
    {
        Folder = Path.GetFullPath(folder);
        Guard("create", Folder, () => Directory.CreateDirectory(Folder));
    }

    /// <summary>The directory.</summary>
    public string Folder { get; }

    /// <summary>Makes bytes durable. A file that holds them already is left alone, one that has rotten is replaced.</summary>
    /// <returns>Their SHA-256.</returns>
    /// <exception cref="StoreException">They are not stored.</exception>
    public BlobHash Put(ReadOnlyMemory<byte> bytes)
    {
        var hash = BlobHash.Of(bytes.Span);
        Put(hash, bytes);
        return hash;
    }

    /// <summary>As above, for bytes whose SHA-256 the caller has just taken.</summary>
    internal void Put(BlobHash hash, ReadOnlyMemory<byte> bytes)
    {
        if (!Holds(hash, bytes.Span))
        {
            Guard("write", PathOf(hash), () => Write(PathOf(hash), bytes));
        }
    }

    /// <summary>The bytes of a hash, checked against it.</summary>
    /// <exception cref="StoreException">Missing, damaged, or cannot be read.</exception>
    public byte[] Get(BlobHash hash)
    {
        var path = PathOf(hash);
        return Guard("read", path, () =>
        {
            if (!File.Exists(path))
            {
                throw CommitRules.Missing(hash, $"'{Folder}'");
            }

            using var file = File.OpenHandle(path);
            var bytes = GC.AllocateUninitializedArray<byte>(checked((int)RandomAccess.GetLength(file)));
            using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (var first = 0; first < bytes.Length;)
            {
                var count = RandomAccess.Read(file, bytes.AsSpan(first, Math.Min(PieceBytes, bytes.Length - first)), first);
                if (count == 0)
                {
                    throw new EndOfStreamException($"The file ends after {first} of {bytes.Length} bytes.");
                }

                sum.AppendData(bytes.AsSpan(first, count));
                first += count;
            }

            var seen = new BlobHash(Convert.ToHexStringLower(sum.GetHashAndReset()));
            return seen == hash ? bytes : throw CommitRules.Damaged(hash, seen, bytes.Length, $"'{path}'");
        });
    }

    /// <summary>Bytes of the file of a hash, or null where there is none. Does not look into it.</summary>
    /// <exception cref="StoreException">The directory cannot be read.</exception>
    public long? LengthOf(BlobHash hash)
    {
        var path = PathOf(hash);
        return Guard("read", path, () => new FileInfo(path) is { Exists: true } file ? file.Length : (long?)null);
    }

    /// <summary>Removes the file of a hash, where there is one.</summary>
    /// <exception cref="StoreException">It cannot be removed.</exception>
    public void Delete(BlobHash hash)
    {
        var path = PathOf(hash);
        Guard("remove", path, () =>
        {
            if (File.Exists(path))
            {
                File.Delete(path);
            }

            return true;
        });
    }

    /// <summary>The hashes of all files, in no order.</summary>
    /// <exception cref="StoreException">The directory cannot be read.</exception>
    public IReadOnlyList<BlobHash> List() => Guard("list", Folder, () => Files(Extension)
        .Select(path => Path.GetFileNameWithoutExtension(path)).Where(BlobHash.IsWellFormed).Select(name => new BlobHash(name)).ToList());

    /// <summary>Removes what a process that was killed more than a day ago left unfinished.</summary>
    /// <exception cref="StoreException">The directory cannot be read or a file not removed.</exception>
    public void DeleteUnfinished() => Guard("sweep", Folder, () =>
    {
        var newest = TimeProvider.System.GetUtcNow() - UnfinishedMax;
        foreach (var path in Files(Temporary).Where(path => File.GetLastWriteTimeUtc(path) < newest))
        {
            File.Delete(path);
        }

        return true;
    });

    /// <summary>The file of a hash.</summary>
    internal string PathOf(BlobHash hash) => Path.Combine(Folder, hash.Hex[..2], hash.Hex + Extension);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SystemOpen(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SystemSync(int file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int SystemClose(int file);

    private static T Guard<T>(string what, string path, Func<T> body)
    {
        try
        {
            return body();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or OverflowException)
        {
            throw FileErrors.Translate(what, path, error);
        }
    }

    /// <summary>
    /// A new name survives a loss of power once its directory is written. Where a file system knows no such thing, nothing is lost by asking.
    /// </summary>
    private static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var file = SystemOpen(folder, 0);
        if (file >= 0)
        {
            _ = SystemSync(file);
            _ = SystemClose(file);
        }
    }

    private IEnumerable<string> Files(string ending) =>
        Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Where(path => path.EndsWith(ending, StringComparison.Ordinal));

    private bool Write(string path, ReadOnlyMemory<byte> bytes)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            SyncFolder(Folder);
        }

        var part = $"{path}.{Guid.NewGuid():N}{Temporary}";
        try
        {
            using (var file = File.OpenHandle(part, FileMode.Create, FileAccess.Write, FileShare.None, preallocationSize: bytes.Length))
            {
                RandomAccess.Write(file, bytes.Span, 0);
                RandomAccess.FlushToDisk(file);
            }

            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }

        SyncFolder(folder);
        return true;
    }

    /// <summary>Whether a file has these bytes still: confirming a blob that has rotten would be a lie.</summary>
    private bool Holds(BlobHash hash, ReadOnlySpan<byte> bytes)
    {
        if (LengthOf(hash) != bytes.Length)
        {
            return false;
        }

        try
        {
            return Get(hash).Length == bytes.Length;
        }
        catch (StoreException)
        {
            return false;
        }
    }
}
