using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <content>
/// As a coordinator: asks for terms, stands by, renews. A lease that lapses does not end the term: it is asked for again until the control plane says yes,
/// and the coordinator goes on, or no, because another process has led since.
/// </content>
public sealed partial class ControlClientMachine
{
    private readonly LeaseClock _leadership;
    private Term _term; // the one that is led; none while asking or when it was lost
    private MemberList? _members; // what the coordinator was told last
    private bool _toldToStandBy;
    private bool _isLapsed; // what the coordinator was told last of the term that is led
    private ulong _leadTimer;
    private ulong _leadUntilTimer;

    /// <summary>The coordinator wants a new term; answers to whatever was asked before no longer count.</summary>
    private void BeginToLead(TimeSpan now, Outbox outbox)
    {
        StopLeading();
        _toldToStandBy = false;
        AskToLead(now, outbox);
    }

    /// <summary>The coordinator has nothing to lead any more: another one need not wait for the lease to end.</summary>
    private void GiveUpLeading(TimeSpan now, Outbox outbox)
    {
        if (_term != Term.None)
        {
            Ask(now, MessageKind.Leave, _term, outbox);
        }

        StopLeading();
    }

    private void AskToLead(TimeSpan now, Outbox outbox)
    {
        var kind = _term == Term.None ? MessageKind.Lead : MessageKind.RenewLead;
        _leadership.Ask(Ask(now, kind, _term, outbox));
        _leadTimer = SetRetry(now, outbox);
    }

    private void AfterLeading(TimeSpan now, in Message message, Outbox outbox)
    {
        if (!_leadership.TryTake(message.Operation, out var question)
            || !_leadership.IsInTime(question, now)
            || message.Body is not MemberList members)
        {
            return;
        }

        // Attempts of one question may each have got a term: the newest is the one that counts.
        var isNew = question.Term == Term.None && message.Term.CompareTo(_term) > 0;
        if (!isNew && (question.Term == Term.None || message.Term != _term))
        {
            return;
        }

        _term = message.Term;
        _leadership.Extend(question);
        _leadTimer = SetRenewal(now, question, outbox);
        _leadUntilTimer = SetExpiry(_leadUntilTimer, _leadership, outbox);
        if (isNew || !members.Members.SequenceEqual(_members!.Members))
        {
            _members = members;
            TellCoordinator(MessageKind.Leading, _term, members, null, outbox);
        }

        if (_isLapsed)
        {
            _isLapsed = false;
            TellCoordinator(MessageKind.LeaseHolds, _term, null, null, outbox);
        }
    }

    private void AfterNotLeading(in Message message, Outbox outbox)
    {
        if (!_leadership.TryTake(message.Operation, out var question) || question.Term != _term)
        {
            return;
        }

        if (_term != Term.None)
        {
            StepDown(message.Detail ?? $"Another process leads the run: {_term} is over.", outbox);
        }
        else if (!_toldToStandBy)
        {
            _toldToStandBy = true;
            TellCoordinator(MessageKind.NotLeading, Term.None, null, message.Detail ?? "Another process leads the run.", outbox);
        }
    }

    private void CheckLeadership(TimeSpan now, Outbox outbox)
    {
        _leadUntilTimer = 0;
        if (now < _leadership.HoldsUntil)
        {
            _leadUntilTimer = SetExpiry(0, _leadership, outbox);
        }
        else if (_term != Term.None && !_isLapsed)
        {
            _isLapsed = true;
            TellCoordinator(
                MessageKind.LeaseLapsed,
                _term,
                null,
                $"The control plane has not renewed {_term} for {_settings.Duration}, so that another process may lead; training waits. "
                + "Check that the control plane can be reached.",
                outbox);
        }
    }

    private void StepDown(string detail, Outbox outbox)
    {
        var lost = _term;
        StopLeading();
        TellCoordinator(MessageKind.NotLeading, lost, null, detail, outbox);
    }

    private void StopLeading()
    {
        _term = Term.None;
        _isLapsed = false;
        _members = null;
        _leadTimer = 0;
        _leadUntilTimer = 0;
        _leadership.Clear();
    }

    private static void TellCoordinator(MessageKind kind, Term term, MemberList? members, string? detail, Outbox outbox) => outbox.Send(new Message
    {
        Kind = kind,
        To = Recipient.Coordinator,
        From = Recipient.ControlClient,
        Tile = TileId.None,
        Term = term,
        Body = members,
        Detail = detail,
    });
}
