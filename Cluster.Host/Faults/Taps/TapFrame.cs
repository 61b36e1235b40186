using Tessera.Protocol.Messages;

namespace Tessera.Host.Faults.Taps;

/// <summary>Which way bytes go through a tap.</summary>
internal enum TapDirection
{
    /// <summary>From the side that connected: of a coordinator to a node, of a process to the database.</summary>
    Forth,

    /// <summary>Back to the side that connected.</summary>
    Back,
}

/// <summary>One whole frame, or one message of PostgreSQL's protocol, on its way.</summary>
/// <param name="direction">Which way.</param>
/// <param name="bytes">All its bytes.</param>
internal sealed class TapFrame(TapDirection direction, byte[] bytes)
{
    /// <summary>Which way it goes.</summary>
    public TapDirection Direction { get; } = direction;

    /// <summary>All its bytes.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>Its message, without numbers; null where it has none.</summary>
    public Message? Message { get; init; }

    /// <summary>Whether it only says that its sender is alive.</summary>
    public bool IsPing { get; init; }

    /// <summary>The SQL that is asked, or of an answer what <see cref="SqlProtocol"/> says; otherwise empty.</summary>
    public string Text { get; init; } = string.Empty;

    /// <summary>Whether it is a message of this kind that belongs to training, of this step or a later one.</summary>
    public bool Is(MessageKind kind, long step) => Message is { } message && message.Kind == kind && message.Step.Value >= (ulong)step
        && (kind != MessageKind.Forward || message.Purpose == ReadPurpose.Training);
}
