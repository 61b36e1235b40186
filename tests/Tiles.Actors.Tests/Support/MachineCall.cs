using Tessera.Actors.Machines;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Support;

/// <summary>Hands a machine one message and collects what it sends.</summary>
internal static class MachineCall
{
    public static List<Message> Ask(IMachine machine, in Message message)
    {
        var outbox = new Outbox();
        machine.Handle(TimeSpan.Zero, message, outbox);
        Assert.Empty(outbox.Timers);
        Assert.Empty(outbox.Hostings);
        return [.. Enumerable.Range(0, outbox.Count).Select(i => outbox[i])];
    }
}
