using Tessera.Actors.Machines;
using Tessera.Actors.Simulation;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Simulation.Toys;

/// <summary>Two processes: one asks the other numbered questions, each until it is answered, and tells its client when it has all answers.</summary>
public sealed class ToyPair : IDisposable
{
    private readonly int _rounds;

    public ToyPair(ulong seed, SimulationFaults faults, int rounds = 50, SimulationSettings? settings = null)
    {
        _rounds = rounds;
        World = new SimulatedWorld(seed, faults, settings);
        Answerer = World.AddProcess("answerer", setup => setup.Add(Recipient.Node, new Ponger(this), 64));
        Asker = World.AddProcess("asker", setup =>
        {
            setup.Add(Recipient.Coordinator, new Pinger(this), 64);
            setup.Post(new Message { Kind = MessageKind.Start, To = Recipient.Coordinator });
        });
        World.ClientMessage += (_, message) => IsDone |= message.Kind == MessageKind.Finished;
    }

    public SimulatedWorld World { get; }

    public SimulatedProcess Asker { get; }

    public SimulatedProcess Answerer { get; }

    public bool IsDone { get; private set; }

    /// <summary>Operations of the questions in the order in which they were heard.</summary>
    public List<ulong> Heard { get; } = [];

    /// <summary>Processes that were reported lost, with the process that heard it.</summary>
    public List<(SimulatedProcess By, PeerId Lost)> Lost { get; } = [];

    public static Message Question(PeerId peer, ulong number) => new()
    {
        Kind = MessageKind.Forward,
        To = Recipient.Node,
        Tile = TileId.None,
        Peer = peer,
        Operation = number,
        Payload = new Tensor([number, 1f, 2f, 3f], 1, 1, 3, 3),
    };

    public void Run() => World.RunUntil(() => IsDone, TimeSpan.FromSeconds(60));

    public void Dispose() => World.Dispose();

    private sealed class Pinger(ToyPair pair) : IMachine
    {
        private ulong _number;

        public void Handle(TimeSpan now, in Message message, Outbox outbox)
        {
            switch (message.Kind)
            {
                case MessageKind.PeerLost:
                    pair.Lost.Add((pair.Asker, message.Peer));
                    break;
                case MessageKind.Start:
                    Ask(now, outbox);
                    break;
                case MessageKind.Timer when message.Operation == _number:
                    Ask(now, outbox);
                    break;
                case MessageKind.Output when message.Operation == _number && ++_number == (ulong)pair._rounds:
                    outbox.Send(new Message { Kind = MessageKind.Finished, To = Recipient.Client });
                    break;
                case MessageKind.Output when message.Operation == _number - 1 && _number < (ulong)pair._rounds:
                    Ask(now, outbox);
                    break;
            }
        }

        private void Ask(TimeSpan now, Outbox outbox)
        {
            outbox.Send(Question(pair.Answerer.Peer, _number));
            outbox.SetTimer(now + TimeSpan.FromMilliseconds(5), _number);
        }
    }

    private sealed class Ponger(ToyPair pair) : IMachine
    {
        public void Handle(TimeSpan now, in Message message, Outbox outbox)
        {
            if (message.Kind == MessageKind.PeerLost)
            {
                pair.Lost.Add((pair.Answerer, message.Peer));
            }
            else if (message.Kind == MessageKind.Forward)
            {
                pair.Heard.Add(message.Operation);
                outbox.Send(message with { Kind = MessageKind.Output, To = Recipient.Coordinator });
            }
        }
    }
}
