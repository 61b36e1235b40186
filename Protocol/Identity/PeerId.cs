namespace Tessera.Protocol.Identity;

/// <summary>
/// A process of the cluster in one incarnation: a process that comes back has another identity. In a message that is sent, where it goes; in a message
/// that is handled, where it came from.
/// </summary>
/// <param name="Value">0 is this process; others are given by the edge.</param>
public readonly record struct PeerId(int Value)
{
    /// <summary>This process.</summary>
    public static readonly PeerId Here = default;

    /// <inheritdoc/>
    public override string ToString() => Value == 0 ? "here" : $"P{Value}";
}
