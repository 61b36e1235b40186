using Tessera.Actors.Machines;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <summary>A machine that is a function: the client of a scenario, a stand-in in a test.</summary>
/// <param name="handle">What it does with a message.</param>
public sealed class CallbackMachine(Action<TimeSpan, Message, Outbox> handle) : IMachine
{
    /// <inheritdoc/>
    public void Handle(TimeSpan now, in Message message, Outbox outbox) => handle(now, message, outbox);
}
