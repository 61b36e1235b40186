using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>
/// A synchronous state machine: one message in, changed state and any number of messages, timers and machines out. It knows nothing of threads,
/// sockets or clocks, so that the local, the network and the simulated edge run the same code. An edge hands it one message at a time.
/// </summary>
public interface IMachine
{
    /// <summary>Handles one message.</summary>
    /// <param name="now">Monotonic time of this process, from any origin.</param>
    /// <param name="message">The message; its payload is valid during the call only, unless the sender's machine promises more.</param>
    /// <param name="outbox">Takes what follows from it, in order.</param>
    void Handle(TimeSpan now, in Message message, Outbox outbox);
}
