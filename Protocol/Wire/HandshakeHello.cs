using System.Text;
using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Wire;

/// <summary>The first word of each side: who it is, what it speaks, and a number that no handshake had before.</summary>
/// <param name="Versions">Versions that it speaks.</param>
/// <param name="Peer">Its identity, 1 or more.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Role">What it does.</param>
/// <param name="Nonce">Random bytes, drawn for this connection.</param>
/// <param name="HasSecret">Whether it wants proof of the shared secret.</param>
/// <param name="Version">The version that both will speak; 0 from the side that called.</param>
internal sealed record HandshakeHello(
    ProtocolRange Versions, PeerId Peer, string Name, string Role, ReadOnlyMemory<byte> Nonce, bool HasSecret, int Version)
{
    public const int NonceBytes = 32;
    public const int TextBytesMax = 256;
    private const int VersionMax = 1 << 20;

    private const int MagicKey = 1;
    private const int MinKey = 2;
    private const int MaxKey = 3;
    private const int PeerKey = 4;
    private const int NameKey = 5;
    private const int RoleKey = 6;
    private const int NonceKey = 7;
    private const int HasSecretKey = 8;
    private const int VersionKey = 9;

    private static ReadOnlySpan<byte> Magic => "tessera"u8;

    /// <summary>Who it is, for an error.</summary>
    public string Who => $"'{Name}' ({Peer})";

    public void Write(MessagePackWriter writer)
    {
        writer.WriteMapHeader(9);
        writer.WriteUInt64(MagicKey);
        writer.WriteBinary(Magic);
        writer.WriteUInt64(MinKey);
        writer.WriteInt64(Versions.Min);
        writer.WriteUInt64(MaxKey);
        writer.WriteInt64(Versions.Max);
        writer.WriteUInt64(PeerKey);
        writer.WriteInt64(Peer.Value);
        writer.WriteUInt64(NameKey);
        writer.WriteString(Name, TextBytesMax);
        writer.WriteUInt64(RoleKey);
        writer.WriteString(Role, TextBytesMax);
        writer.WriteUInt64(NonceKey);
        writer.WriteBinary(Nonce.Span);
        writer.WriteUInt64(HasSecretKey);
        writer.WriteBoolean(HasSecret);
        writer.WriteUInt64(VersionKey);
        writer.WriteInt64(Version);
    }

    public static HandshakeHello Read(ReadOnlySpan<byte> header)
    {
        var reader = new MessagePackReader(header);
        var keys = new KeySet(ref reader);
        var (min, max, peer, version) = (0, 0, 0, 0);
        var (name, role, hasSecret) = (string.Empty, string.Empty, false);
        byte[] nonce = [];
        while (keys.MoveNext(ref reader, VersionKey, out var key))
        {
            switch (key)
            {
                case MagicKey:
                    CheckMagic(reader.ReadBinary());
                    break;
                case MinKey:
                    min = reader.ReadInt32(1, VersionMax, "the oldest version");
                    break;
                case MaxKey:
                    max = reader.ReadInt32(1, VersionMax, "the newest version");
                    break;
                case PeerKey:
                    peer = reader.ReadInt32(1, int.MaxValue, "the identity of a process");
                    break;
                case NameKey:
                    name = ReadName(ref reader);
                    break;
                case RoleKey:
                    role = ReadName(ref reader);
                    break;
                case NonceKey:
                    nonce = ReadNonce(reader.ReadBinary());
                    break;
                case HasSecretKey:
                    hasSecret = reader.ReadBoolean();
                    break;
                case VersionKey:
                    version = reader.ReadInt32(0, VersionMax, "the chosen version");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        reader.ExpectEnd();
        for (var key = MagicKey; key <= VersionKey; key++)
        {
            keys.Require(key, "all that a handshake needs");
        }

        return max >= min
            ? new HandshakeHello(new ProtocolRange(min, max), new PeerId(peer), name, role, nonce, hasSecret, version)
            : throw new WireFormatException($"A handshake offers versions {min} to {max}.");
    }

    private static void CheckMagic(ReadOnlySpan<byte> magic)
    {
        if (!magic.SequenceEqual(Magic))
        {
            throw new WireFormatException("A handshake is of another protocol than Tessera's.");
        }
    }

    private static byte[] ReadNonce(ReadOnlySpan<byte> nonce) => nonce.Length == NonceBytes
        ? nonce.ToArray()
        : throw new WireFormatException($"A handshake has a nonce of {nonce.Length} bytes; {NonceBytes} were expected.");

    // Names end up in logs and on terminals, which control characters could deceive.
    private static string ReadName(ref MessagePackReader reader)
    {
        var name = Encoding.UTF8.GetString(reader.ReadString(TextBytesMax, "a name"));
        return !name.AsSpan().ContainsAnyInRange('\u0000', '\u001f') && !name.AsSpan().ContainsAnyInRange('\u007f', '\u009f')
            ? name
            : throw new WireFormatException("A handshake has a name with control characters.");
    }
}
