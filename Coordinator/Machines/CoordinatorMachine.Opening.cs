using Tessera.Coordination.Training;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Machines;

/// <content>
/// The way into a term: lead, read the newest manifest, have every tile hosted, bring every tile and every digital stage to the manifest's step. A start, a
/// resume and a recovery are the same thing.
/// </content>
internal sealed partial class CoordinatorMachine
{
    private const ulong InitialWeightsOperation = 1;
    private readonly PeerId[] _hosts; // by tile
    private readonly bool[] _isTileReady; // by tile
    private readonly HashSet<PeerId> _unassigned = []; // members that have not confirmed their tiles, or that they have none
    private RunManifest? _target; // null: construction
    private ulong _leadGeneration;
    private ulong _readTicket; // of the manifest, or 0 when it must be asked for again

    private void BeginOpening()
    {
        _phase = CoordinatorPhase.Leading;
        _moveStep = null;
        Resume();
        _runner.Abandon();
        _outbox.Send(new Message { Kind = MessageKind.Lead, To = Recipient.ControlClient, Tile = TileId.None, Term = _term, Operation = ++_leadGeneration });
    }

    private void StepDown(string? why)
    {
        if (_handOverRequested)
        {
            End(MessageKind.SteppedDown, why); // the hand-over has happened
            return;
        }

        _knowsHosts = false; // whoever leads next places them
        _outbox.Send(ToClient(MessageKind.SteppedDown, _progress.Step) with { Detail = why });
        BeginOpening(); // and stand by
    }

    private void OnLeading(in Message message)
    {
        TakeMembers((MemberList)message.Body!);
        if (_phase != CoordinatorPhase.Idle && message.Term.CompareTo(_term) > 0)
        {
            // Two attempts of one question may each have got a term. The store takes the newest alone, whatever has begun in the one before.
            _runner.Abandon();
            _term = message.Term;
            _phase = CoordinatorPhase.Reading;
            ReadManifest();
        }
        else if (message.Term == _term && _phase == CoordinatorPhase.Placing)
        {
            Place();
        }
        else if (message.Term == _term)
        {
            OnMembersChanged();
        }
    }

    private void OnNotLeading(in Message message)
    {
        if (message.Term == _term && (HasPlaced || _phase is CoordinatorPhase.Reading or CoordinatorPhase.Placing))
        {
            StepDown(message.Detail);
        }
        else if (_phase == CoordinatorPhase.Leading && _settings.RepeatAfter is null)
        {
            Fail(message.Detail ?? "The run's state gives no term, and there is nobody to wait for."); // alone in its process: nobody else leads
        }
    }

    private bool HasPlaced => IsServing || _phase == CoordinatorPhase.Opening;

    private void ReadManifest()
    {
        MarkProgress();
        _readTicket = _tickets.Next();
        _outbox.Send(ToStore(MessageKind.ReadManifest, _readTicket) with { Body = _unusable.Count > 0 ? _unusable.ToArray() : null });
    }

    private void OnOpeningAnswer(in Message message)
    {
        if (message.Operation == _readTicket && _phase == CoordinatorPhase.Reading)
        {
            if (_isSuspended)
            {
                _readTicket = 0; // what comes of it asks for more: it is read again when the lease holds
                return;
            }

            OnManifest(message);
        }
        else if (_own.IsWanted(message.Operation))
        {
            OnOwnBlob(message);
        }
    }

    private void OnManifest(in Message message)
    {
        if (message.Kind == MessageKind.StoreFailed)
        {
            _readTicket = 0; // the watch asks again
            FailIfHopeless(message);
            return;
        }

        _target = (RunManifest?)message.Body;
        if (_unusable.Count > 0 && !AcceptOlder(_target))
        {
            return;
        }

        if (_target is not null && ResumeCheck.Problem(_target, _settings) is { } problem)
        {
            Fail(problem);
            return;
        }

        var before = _progress.Step;
        try
        {
            _own.Begin(_target, _checkpointer.NewestOwn, _progress, ToStore, _outbox);
        }
        catch (SnapshotFormatException error)
        {
            Fail(error.Message);
            return;
        }

        _stepsRedone += Math.Max(0, (long)before.Value - (long)(_target?.Step ?? 0));
        _checkpointer.ReturnTo(_target);
        _phase = CoordinatorPhase.Placing;
        Place();
    }

    /// <summary>Where the store will not answer better another time, or nobody would ask again, the run ends with the store's reason.</summary>
    private void FailIfHopeless(in Message message)
    {
        if (_settings.RepeatAfter is null || message.Refusal is not (Refusal.Unavailable or Refusal.Full))
        {
            Fail(message.Detail ?? $"The store failed: {message.Refusal}.");
        }
    }

    private void OnOwnBlob(in Message message)
    {
        if (message.Kind == MessageKind.StoreFailed && IsDamage(message))
        {
            LeaveCheckpoint(message.Detail);
            return;
        }

        if (message.Kind == MessageKind.StoreFailed)
        {
            FailIfHopeless(message);
            return;
        }

        try
        {
            _own.Accept(message, _progress);
        }
        catch (SnapshotFormatException error)
        {
            Fail(error.Message);
            return;
        }

        MarkProgress();
        FinishOpening();
    }

    private void Place()
    {
        if (_isSuspended || TryPlace() is not { } hosts)
        {
            return; // members come with the next answer of the control plane
        }

        MarkProgress();
        _phase = CoordinatorPhase.Opening;
        hosts.CopyTo(_hosts, 0);
        _runner.Requests.Reset(_hosts);
        Array.Clear(_isTileReady);
        _unassigned.Clear();
        foreach (var member in _members.Members.Where(member => !_lost.Contains(member.Peer)))
        {
            _unassigned.Add(member.Peer);
            Assign(member.Peer);
        }
    }

    private void Assign(PeerId peer) => _outbox.Send(new Message
    {
        Kind = MessageKind.Assign,
        To = Recipient.Node,
        Peer = peer,
        Tile = TileId.None,
        Term = _term,
        Body = new TileAssignment(_blueprint, [.. _plan.Tiles.Where(tile => _hosts[tile.Id.Index] == peer).Select(tile => tile.Id)], _target is null),
    });

    private void OnAssigned(in Message message)
    {
        if (!HasPlaced || message.Term != _term || !_unassigned.Remove(message.Peer) || _phase != CoordinatorPhase.Opening)
        {
            return;
        }

        MarkProgress();
        if (!_isSuspended)
        {
            OpenTiles(message.Peer);
            FinishOpening();
        }
    }

    private void OpenTiles(PeerId peer)
    {
        foreach (var tile in _plan.Tiles)
        {
            if (_hosts[tile.Id.Index] != peer || _isTileReady[tile.Id.Index])
            {
                continue;
            }

            var request = new Message { To = Recipient.Tile, Peer = peer, Tile = tile.Id, Term = _term };
            _outbox.Send(_target is null
                ? request with
                {
                    Kind = MessageKind.Apply,
                    Operation = InitialWeightsOperation,
                    Payload = InitialWeights.Of(_plan, tile, _seed),
                }
                : request with
                {
                    Kind = MessageKind.Restore,
                    Step = new StepId(_target.Step),
                    Hash = _target.Find(ManifestBlob.TileKind, tile.Name).Hash,
                });
        }
    }

    private void OnTileReady(in Message message)
    {
        if (_phase == CoordinatorPhase.Opening && message.Term == _term)
        {
            MarkProgress();
            _isTileReady[message.Tile.Index] = true;
            FinishOpening();
        }
    }

    private void FinishOpening()
    {
        if (_phase != CoordinatorPhase.Opening || _isSuspended || Array.Exists(_isTileReady, isReady => !isReady) || !_own.IsComplete)
        {
            return; // whoever hosts nothing is not waited for
        }

        MarkProgress();
        _phase = CoordinatorPhase.Training;
        _isEpochEvaluated = false;
        _lastCheckpoint = _now;
        _finalAttempts = 0;
        _isFinalPaused = false;
        _moveNotBefore = _now + (_settings.MoveAfter ?? TimeSpan.Zero);
        _openings++;
        ReconsiderMove();
        Report(MessageKind.Opened, _progress.Step);
        Proceed();
    }

    private void RepeatOpening()
    {
        RepeatAssignments();
        foreach (var member in _members.Members.Where(member => !_unassigned.Contains(member.Peer)))
        {
            OpenTiles(member.Peer);
        }

        _own.Repeat(ToStore, _outbox);
    }

    private void RepeatAssignments()
    {
        if (_unassigned.Count == 0)
        {
            return;
        }

        foreach (var member in _members.Members.Where(member => _unassigned.Contains(member.Peer)))
        {
            Assign(member.Peer);
        }
    }

    private Message ToStore(MessageKind kind, ulong ticket) => new()
    {
        Kind = kind,
        To = Recipient.StoreClient,
        From = Recipient.Coordinator,
        Tile = TileId.None,
        Term = _term,
        Operation = ticket,
    };
}
