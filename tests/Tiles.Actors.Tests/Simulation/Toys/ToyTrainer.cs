using Tessera.Actors.Machines;
using Tessera.Actors.Simulation;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Simulation.Toys;

/// <summary>
/// A coordinator of one tile, one request at a time: leads, goes back to the newest manifest, trains, checkpoints every third step, and takes a new
/// term whenever something looks lost.
/// </summary>
public sealed class ToyTrainer(SimulatedProcess node, ulong steps) : IMachine
{
    private const int TriesMax = 30;
    private Message _request; // asked again until it is answered
    private ulong _generation; // of the timer that asks again
    private int _tries;
    private Term _term;
    private StepId _step;
    private Tensor _output;
    private PeerId _host; // the incarnation of the node that serves the term; another one needs another term

    public void Handle(TimeSpan now, in Message message, Outbox outbox)
    {
        switch (message.Kind)
        {
            case MessageKind.Start or MessageKind.PeerLost:
                Lead(now, outbox);
                return;
            case MessageKind.Timer:
                if (message.Operation == _generation && ++_tries < TriesMax)
                {
                    AskAgain(now, outbox);
                }
                else if (message.Operation == _generation)
                {
                    Lead(now, outbox);
                }

                return;
        }

        if (message.Kind == MessageKind.Refused && message.Term.CompareTo(_term) >= 0
            && message.Refusal is Refusal.OlderTerm or Refusal.TermNotOpened)
        {
            Lead(now, outbox);
        }
        else if (message.Operation == _request.Operation || message.Kind is MessageKind.Snapshotted)
        {
            Follow(now, message, outbox);
        }
    }

    private void Follow(TimeSpan now, in Message message, Outbox outbox)
    {
        switch (_request.Kind, message.Kind)
        {
            case (MessageKind.Lead, MessageKind.Leading):
                _term = message.Term;
                Ask(now, outbox, MessageKind.ReadManifest, Recipient.StoreClient);
                break;
            case (MessageKind.ReadManifest, MessageKind.ManifestRead) when message.Body is RunManifest manifest:
                _step = new StepId(manifest.Step);
                Ask(now, outbox, MessageKind.Restore, Recipient.Tile, request => request with { Hash = manifest.Blobs[0].Hash });
                break;
            case (MessageKind.ReadManifest, MessageKind.ManifestRead):
                _step = StepId.Construction;
                Ask(now, outbox, MessageKind.Assign, Recipient.Node, request => request with { Body = new TileAssignment(Blueprints.Grid(1), [new TileId(0)], true) });
                break;
            case (MessageKind.Assign, MessageKind.Assigned):
                Ask(now, outbox, MessageKind.Apply, Recipient.Tile, request => request with { Operation = 1, Payload = Values(2, 3, 0.25f) });
                break;
            case (MessageKind.Apply, MessageKind.Applied) when message.Term == _term:
                Ask(now, outbox, MessageKind.Snapshot, Recipient.Tile);
                break;
            case (MessageKind.Snapshot or MessageKind.Commit, MessageKind.Snapshotted) when message.Step == _step && message.Term == _term:
                var hash = message.Hash;
                Ask(now, outbox, MessageKind.CommitManifest, Recipient.StoreClient, request => request with { Body = Manifest(hash) });
                break;
            case (MessageKind.CommitManifest, MessageKind.ManifestStored):
                outbox.Send(Request(MessageKind.CheckpointComplete, Recipient.Tile));
                Next(now, outbox);
                break;
            case (MessageKind.Restore, MessageKind.Restored):
                Next(now, outbox);
                break;
            case (MessageKind.Forward, MessageKind.Output):
                _output = message.Payload;
                Ask(now, outbox, MessageKind.Backward, Recipient.Tile, request => request with { Payload = _output });
                break;
            case (MessageKind.Backward, MessageKind.InputGradient):
                Ask(now, outbox, MessageKind.Commit, Recipient.Tile, request => request with { Scalar = 0.1f, SnapshotAfter = IsCheckpoint });
                break;
            case (MessageKind.Backward or MessageKind.Commit, MessageKind.NeedsForward):
                Forward(now, outbox);
                break;
            case (MessageKind.Commit, MessageKind.Committed) when !IsCheckpoint:
                Next(now, outbox);
                break;
        }
    }

    private bool IsCheckpoint => _step.Value % 3 == 0 || _step.Value == steps;

    private static Tensor Values(int rows, int columns, float scale) =>
        new([.. Enumerable.Range(1, rows * columns).Select(i => scale * i)], 0, rows, columns, columns);

    private void Lead(TimeSpan now, Outbox outbox)
    {
        _host = node.Peer;
        Ask(now, outbox, MessageKind.Lead, Recipient.Control);
    }

    private void Next(TimeSpan now, Outbox outbox)
    {
        if (_step.Value == steps)
        {
            _request = default;
            _generation++;
            outbox.Send(new Message { Kind = MessageKind.Finished, To = Recipient.Client, Step = _step });
            return;
        }

        _step = _step.Next;
        Forward(now, outbox);
    }

    private void Forward(TimeSpan now, Outbox outbox) =>
        Ask(now, outbox, MessageKind.Forward, Recipient.Tile, request => request with { Payload = Values(2, 3, 0.1f / _step.Value) });

    private RunManifest Manifest(BlobHash hash) => new()
    {
        NumericsVersion = 1,
        ConfigurationHash = "c",
        Step = _step.Value,
        Term = _term.Value,
        Blobs = [new ManifestBlob("tile", "toy", hash)],
    };

    private Message Request(MessageKind kind, Recipient to) => new()
    {
        Kind = kind,
        To = to,
        From = Recipient.Coordinator,
        Peer = to is Recipient.Tile or Recipient.Node ? _host : default,
        Tile = to == Recipient.Tile ? new TileId(0) : TileId.None,
        Term = _term,
        Step = _step,
        Vectors = new VectorRange(0, 2),
        WantsInputGradient = true,
        Operation = _generation,
    };

    private void Ask(TimeSpan now, Outbox outbox, MessageKind kind, Recipient to, Func<Message, Message>? with = null)
    {
        _generation++;
        _tries = 0;
        var request = Request(kind, to);
        _request = with is null ? request : with(request);
        AskAgain(now, outbox);
    }

    private void AskAgain(TimeSpan now, Outbox outbox)
    {
        outbox.Send(_request);
        outbox.SetTimer(now + TimeSpan.FromMilliseconds(10), _generation);
    }
}
