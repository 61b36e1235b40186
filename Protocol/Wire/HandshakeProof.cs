using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tessera.Protocol.Wire;

/// <summary>
/// Proof that a side knows the shared secret: HMAC-SHA256 over its role in the call and both hellos, byte for byte. So it covers both nonces, both identities
/// and the chosen version, is good for one connection only, and cannot be sent back to the side that made it.
/// </summary>
internal static class HandshakeProof
{
    /// <summary>Bytes of a proof.</summary>
    public const int Bytes = HMACSHA256.HashSizeInBytes;

    /// <summary>The proof of one side.</summary>
    /// <param name="secret">The shared secret.</param>
    /// <param name="byCaller">Whether it is the side that called.</param>
    /// <param name="callerHello">Header of the caller's hello.</param>
    /// <param name="answererHello">Header of the answer.</param>
    public static byte[] Make(ReadOnlySpan<byte> secret, bool byCaller, ReadOnlySpan<byte> callerHello, ReadOnlySpan<byte> answererHello)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hash.AppendData(byCaller ? "tessera-1 caller"u8 : "tessera-1 answerer"u8);
        Append(hash, callerHello);
        Append(hash, answererHello);
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> hello)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)hello.Length);
        hash.AppendData(length);
        hash.AppendData(hello);
    }
}
