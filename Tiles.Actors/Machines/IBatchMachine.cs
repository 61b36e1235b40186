using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>A machine that does several messages together cheaper than one by one, such as a store that writes them in one transaction.</summary>
public interface IBatchMachine : IMachine
{
    /// <summary>Handles messages that have come, in order; the same as <see cref="IMachine.Handle"/> for each.</summary>
    /// <param name="now">Monotonic time of this process, from any origin.</param>
    /// <param name="messages">One or more.</param>
    /// <param name="outbox">Takes what follows from them, in order.</param>
    void HandleAll(TimeSpan now, ReadOnlySpan<Message> messages, Outbox outbox);
}
