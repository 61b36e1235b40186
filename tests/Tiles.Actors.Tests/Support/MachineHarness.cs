using Tessera.Actors.Machines;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Support;

/// <summary>Runs one machine by hand, at a virtual time: what it sends is collected, timers fire when the time is moved past them.</summary>
public sealed class MachineHarness(IMachine machine)
{
    private readonly Outbox _outbox = new(4);
    private readonly List<TimerRequest> _timers = [];

    /// <summary>The virtual time.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Timers that did not fire yet.</summary>
    public IReadOnlyList<TimerRequest> Timers => _timers;

    /// <summary>Everything that was hosted and dropped, in order.</summary>
    public List<HostingRequest> Hostings { get; } = [];

    /// <summary>Hands over a message; returns what the machine sent.</summary>
    public IReadOnlyList<Message> Send(in Message message)
    {
        machine.Handle(Now, message, _outbox);
        var sent = new List<Message>();
        for (var i = 0; i < _outbox.Count; i++)
        {
            sent.Add(_outbox[i]);
        }

        _timers.AddRange(_outbox.Timers);
        Hostings.AddRange(_outbox.Hostings);
        _outbox.Clear();
        return sent;
    }

    /// <summary>Hands over a message that has exactly one consequence.</summary>
    public Message One(in Message message) => Assert.Single(Send(message));

    /// <summary>Hands over a message that has none.</summary>
    public void None(in Message message) => Assert.Empty(Send(message));

    /// <summary>Moves the time on, firing timers in order of their due times; returns what the machine sent.</summary>
    public IReadOnlyList<Message> Advance(double seconds)
    {
        var until = Now + TimeSpan.FromSeconds(seconds);
        var sent = new List<Message>();
        while (_timers.Where(timer => timer.Due <= until).OrderBy(timer => timer.Due).Cast<TimerRequest?>().FirstOrDefault() is { } next)
        {
            _timers.Remove(next);
            Now = next.Due > Now ? next.Due : Now;
            sent.AddRange(Send(new Message { Kind = MessageKind.Timer, Operation = next.Generation }));
        }

        Now = until;
        return sent;
    }

    /// <summary>Moves the time on without firing timers, as a process that is not scheduled experiences it.</summary>
    public void Stall(double seconds) => Now += TimeSpan.FromSeconds(seconds);
}
