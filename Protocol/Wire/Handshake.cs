using System.Security.Cryptography;
using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Wire;

/// <summary>
/// One side of a handshake, without a socket: bytes in, bytes and a verdict out. The caller says hello, the answerer says hello and chooses the version; then
/// each proves, if there is a secret, that it knows it, the caller first. Nothing is believed before the last word.
/// </summary>
/// <remarks>Not for several threads. After it was established or refused it takes no more bytes.</remarks>
public sealed class Handshake
{
    private readonly HandshakeSettings _own;
    private readonly PeerId? _expected;
    private readonly bool _calls;
    private readonly byte[] _nonce;
    private byte[] _callerHello = [];
    private byte[] _answererHello = [];
    private HandshakeHello? _other;
    private int _version;
    private bool _isDone;

    private Handshake(HandshakeSettings own, PeerId? expected, bool calls, ReadOnlySpan<byte> nonce)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(own.Self.Value, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, HandshakeHello.NonceBytes);
        _own = own;
        _expected = expected;
        _calls = calls;
        _nonce = nonce.ToArray();
    }

    /// <summary>Begins as the side that called.</summary>
    /// <param name="own">Who calls.</param>
    /// <param name="expected">Who must answer; anybody if null.</param>
    /// <param name="nonce">32 random bytes that no other handshake has.</param>
    /// <param name="hello">Bytes to send first.</param>
    public static Handshake Call(HandshakeSettings own, PeerId? expected, ReadOnlySpan<byte> nonce, out byte[] hello)
    {
        var handshake = new Handshake(own, expected, calls: true, nonce);
        hello = handshake.Hello(version: 0, out handshake._callerHello);
        return handshake;
    }

    /// <summary>Begins as the side that was called: the first word is the other side's.</summary>
    /// <param name="own">Who answers.</param>
    /// <param name="nonce">32 random bytes that no other handshake has.</param>
    public static Handshake Answer(HandshakeSettings own, ReadOnlySpan<byte> nonce) => new(own, expected: null, calls: false, nonce);

    /// <summary>Handles at most one frame. Never throws, whatever the bytes are.</summary>
    /// <param name="bytes">All bytes that were received and not yet consumed.</param>
    public HandshakeResult Receive(ReadOnlySpan<byte> bytes)
    {
        if (_isDone)
        {
            throw new InvalidOperationException("A handshake that is over was given more bytes. This is a defect; please report it.");
        }

        if (bytes.Length < FrameHead.Bytes)
        {
            return default;
        }

        var consumed = 0;
        HandshakeResult result;
        try
        {
            var head = FrameHead.ReadHandshake(bytes, _own.Limits);
            if (bytes.Length - FrameHead.Bytes < head.HeaderBytes)
            {
                return default;
            }

            consumed = FrameHead.Bytes + head.HeaderBytes;
            result = Handle(bytes.Slice(FrameHead.Bytes, head.HeaderBytes));
        }
        catch (WireFormatException error)
        {
            result = Refuse(HandshakeRefusal.Malformed, error.Message);
        }

        _isDone = result.Established is not null || result.Refusal != HandshakeRefusal.None;
        return new HandshakeResult
        {
            Consumed = consumed,
            Reply = result.Reply,
            Established = result.Established,
            Refusal = result.Refusal,
            Reason = result.Reason,
        };
    }

    private HandshakeResult Handle(ReadOnlySpan<byte> header)
    {
        if (HandshakeFrame.IsRefusal(header))
        {
            return new HandshakeResult { Refusal = HandshakeRefusal.ByPeer, Reason = HandshakeFrame.ReadRefusal(header, _own.Limits) };
        }

        return _other is null ? TakeHello(header) : TakeProof(header);
    }

    private HandshakeResult TakeHello(ReadOnlySpan<byte> header)
    {
        var other = HandshakeHello.Read(header);
        var version = _own.Versions.Common(other.Versions);
        if (version == 0 || (_calls && other.Version != version))
        {
            return Refuse(
                HandshakeRefusal.Version,
                $"{other.Who} speaks {other.Versions} of the protocol and {Who} speaks {_own.Versions}; there must be one in common. Upgrade the older of the two.");
        }

        if (other.HasSecret != HasSecret)
        {
            var (with, without) = HasSecret ? (Who, other.Who) : (other.Who, Who);
            return Refuse(
                HandshakeRefusal.Secret,
                $"{without} has no shared secret and {with} has one. Give {without} the same, in a file or in the variable TESSERA_SECRET.");
        }

        if (other.Peer == _own.Self || (_expected is { } expected && other.Peer != expected))
        {
            return Refuse(
                HandshakeRefusal.Identity,
                _calls
                    ? $"{other.Who} answered where {_expected ?? PeerId.Here} was expected; a process that was started again has another identity."
                    : $"{other.Who} calls with the identity of {Who}. No two processes of a cluster may share one.");
        }

        _other = other;
        _version = version;
        if (_calls)
        {
            _answererHello = header.ToArray();
            return new HandshakeResult { Reply = Proof() };
        }

        _callerHello = header.ToArray();
        return new HandshakeResult { Reply = Hello(version, out _answererHello) };
    }

    // Without a secret the word is nil: it says that the hello was accepted.
    private HandshakeResult TakeProof(ReadOnlySpan<byte> header)
    {
        var reader = new MessagePackReader(header);
        if (!HasSecret)
        {
            if (!reader.TryReadNil())
            {
                return Refuse(HandshakeRefusal.Malformed, "A handshake without a secret must end with nil.");
            }
        }
        else if (!IsProof(reader.ReadBinary()))
        {
            return Refuse(
                HandshakeRefusal.Secret,
                $"{_other!.Who} and {Who} have different shared secrets. Give both the same, in a file or in the variable TESSERA_SECRET.");
        }

        reader.ExpectEnd();
        return new HandshakeResult
        {
            Reply = _calls ? default(ReadOnlyMemory<byte>) : Proof(),
            Established = new RemotePeer(_other!.Peer, _other.Name, _other.Role, _version),
        };
    }

    private bool HasSecret => !_own.Secret.IsEmpty;

    private string Who => $"'{_own.Name}' ({_own.Self})";

    private bool IsProof(ReadOnlySpan<byte> proof)
    {
        var expected = HandshakeProof.Make(_own.Secret.Span, byCaller: !_calls, _callerHello, _answererHello);
        return CryptographicOperations.FixedTimeEquals(expected, proof);
    }

    private byte[] Proof()
    {
        var writer = new MessagePackWriter();
        writer.Reserve(FrameHead.Bytes);
        if (HasSecret)
        {
            writer.WriteBinary(HandshakeProof.Make(_own.Secret.Span, byCaller: _calls, _callerHello, _answererHello));
        }
        else
        {
            writer.WriteNil();
        }

        return HandshakeFrame.Finish(writer);
    }

    private byte[] Hello(int version, out byte[] header)
    {
        var writer = new MessagePackWriter();
        writer.Reserve(FrameHead.Bytes);
        new HandshakeHello(_own.Versions, _own.Self, _own.Name, _own.Role, _nonce, HasSecret, version).Write(writer);
        header = writer.Written[FrameHead.Bytes..].ToArray();
        return HandshakeFrame.Finish(writer);
    }

    private HandshakeResult Refuse(HandshakeRefusal refusal, string reason) => new()
    {
        Refusal = refusal,
        Reason = reason,
        Reply = HandshakeFrame.Refusal(reason, _own.Limits),
    };
}
