using Tessera.Protocol.Messages;

namespace Tessera.Actors.Simulation;

/// <content>Where messages go.</content>
public sealed partial class SimulatedWorld
{
    /// <summary>Sends what a machine of a process, or somebody outside (null), wants to send.</summary>
    private void Route(Incarnation process, SimulatedMailbox? sender, in Message message)
    {
        var isForwarded = sender?.Recipient == Recipient.Node && message.To == Recipient.Tile;
        if (message.To is Recipient.Store or Recipient.Control)
        {
            Network.Ask(process, message);
        }
        else if (isForwarded || message.Peer.Value == 0 || message.Peer == process.Peer)
        {
            RouteInside(process, sender, message);
        }
        else if ((uint)(message.Peer.Value - 1) >= (uint)_incarnations.Count)
        {
            Violate(SimulationInvariant.Defect, $"{process.Process} sent {message.Kind} to {message.Peer}, which never was");
        }
        else
        {
            Network.Send(process, _incarnations[message.Peer.Value - 1], message);
        }
    }

    private void RouteInside(Incarnation process, SimulatedMailbox? sender, in Message message)
    {
        var mailbox = message.To == Recipient.Tile ? process.Tile(message.Tile) : process.Machines[(int)message.To];
        if (message.To == Recipient.Client)
        {
            TellClient(process, mailbox, message);
            return;
        }

        if (mailbox is null && message.To == Recipient.Tile && sender?.Recipient != Recipient.Node)
        {
            if (sender?.Recipient == Recipient.StoreClient)
            {
                Lose(process, message); // the store answered a tile that was dropped since
                return;
            }

            mailbox = process.Machines[(int)Recipient.Node];
        }

        if (mailbox is null)
        {
            Violate(
                SimulationInvariant.Defect,
                $"{sender?.Recipient.ToString() ?? "somebody"} of {process.Process} sent {message.Kind} to {message.To} {message.Tile} "
                + "of its own process, which is not there");
            return;
        }

        Put(process, mailbox, message);
    }

    private void TellClient(Incarnation process, SimulatedMailbox? mailbox, in Message message)
    {
        Note(TraceEvent.ToClient, process, message);
        ClientMessage?.Invoke(process.Process, message);
        if (mailbox is not null)
        {
            Put(process, mailbox, message);
        }
    }

    private void Put(Incarnation process, SimulatedMailbox mailbox, in Message message)
    {
        if (mailbox.IsFull)
        {
            Violate(
                SimulationInvariant.BoundedQueues,
                $"the mailbox of {mailbox.Recipient} {mailbox.Tile} of {process.Process} is full with {mailbox.Count} messages when {message.Kind} "
                + $"of {message.Peer} comes; a sender exceeded its credit");
            return;
        }

        process.Enqueue(mailbox, message);
        ScheduleRun(process);
    }

    /// <summary>A message reaches a process from outside.</summary>
    private void Arrive(in SimulatedEvent what)
    {
        var process = what.Process!;
        if (!process.IsAlive || !Network.Passes(what))
        {
            Lose(process, what.Message);
            return;
        }

        var mailbox = Door(process, what.Message);
        var mustWait = process.IsFrozen || process.Held.Count > 0 || (Settings.BackPressure && mailbox is { IsFull: true });
        if (!mustWait)
        {
            Enter(process, mailbox, what.Message);
        }
        else if (process.Held.Count >= Settings.HeldMax && what.Message.Kind != MessageKind.PeerFound)
        {
            Lose(process, what.Message);
        }
        else
        {
            Note(TraceEvent.Hold, process, what.Message);
            process.Held.Enqueue(what);
        }
    }

    /// <summary>Who takes a message from outside; null for nobody.</summary>
    private static SimulatedMailbox? Door(Incarnation process, in Message message) => message.To == Recipient.Tile
        ? process.Machines[(int)Recipient.Node] ?? process.Tile(message.Tile)
        : (int)message.To < process.Machines.Length ? process.Machines[(int)message.To] : null;

    private void Enter(Incarnation process, SimulatedMailbox? mailbox, in Message message)
    {
        if (message.To == Recipient.Client)
        {
            TellClient(process, mailbox, message);
        }
        else if (mailbox is null)
        {
            Lose(process, message);
        }
        else
        {
            Put(process, mailbox, message);
        }
    }

    /// <summary>A request reaches a service.</summary>
    private void TakeUp(in SimulatedEvent what)
    {
        if (!Network.Passes(what))
        {
            Statistics.ServiceLost++;
        }
        else if (what.Message.To == Recipient.Store)
        {
            Store.Ask(what.Sender!, what.Message);
        }
        else
        {
            Control.Ask(what.Sender!, what.Message);
        }
    }

    internal void Lose(Incarnation? process, in Message message)
    {
        Statistics.Lost++;
        Note(TraceEvent.Lose, process, message);
    }
}
