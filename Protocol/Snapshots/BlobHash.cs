using System.Security.Cryptography;

namespace Tessera.Protocol.Snapshots;

/// <summary>Name of a blob: the SHA-256 of its bytes.</summary>
/// <param name="Hex">64 lower-case hexadecimal digits.</param>
public readonly record struct BlobHash(string Hex)
{
    /// <summary>Hashes bytes.</summary>
    public static BlobHash Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, digest);
        return new BlobHash(Convert.ToHexStringLower(digest));
    }

    /// <summary>Whether a text is a hash as <see cref="Of"/> writes it.</summary>
    public static bool IsWellFormed(string text)
    {
        if (text.Length != 2 * SHA256.HashSizeInBytes)
        {
            return false;
        }

        foreach (var digit in text)
        {
            if (digit is not ((>= '0' and <= '9') or (>= 'a' and <= 'f')))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Hex;
}
