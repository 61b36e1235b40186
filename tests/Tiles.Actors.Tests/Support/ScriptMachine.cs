using Tessera.Actors.Machines;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Support;

/// <summary>What a <see cref="ScriptMachine"/> does with a message.</summary>
public delegate void Script(TimeSpan now, Message message, Outbox outbox);

/// <summary>A machine that does what a test says, and remembers how it was treated.</summary>
public sealed class ScriptMachine(Script script) : IMachine, IDisposable
{
    /// <summary>Messages that were handled to the end.</summary>
    public int Handled { get; private set; }

    public bool IsDisposed { get; private set; }

    public void Handle(TimeSpan now, in Message message, Outbox outbox)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        script(now, message, outbox);
        Handled++;
    }

    public void Dispose() => IsDisposed = true;

    /// <summary>A message to the client.</summary>
    public static Message ToClient(ulong number = 0) => new() { Kind = MessageKind.StepDone, To = Recipient.Client, Operation = number };
}
