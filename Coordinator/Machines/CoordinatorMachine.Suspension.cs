using Tessera.Actors.Machines;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Machines;

/// <content>
/// While the lease is lapsed another process may lead. The coordinator then begins nothing, sends no requests and commits no manifest; it takes the answers
/// that come, and remembers what would make it begin again. When the lease holds again, nobody else has led, and it goes on in the same term.
/// </content>
internal sealed partial class CoordinatorMachine
{
    private readonly Outbox _unsent = new(); // requests of a suspended coordinator: they count as sent and lost
    private bool _isSuspended;
    private bool _mustReopen; // when the lease holds again

    private void OnLeaseLapsed(in Message message)
    {
        if (message.Term != _term || _phase is CoordinatorPhase.Idle or CoordinatorPhase.Leading || _isSuspended)
        {
            return;
        }

        if (_handOverRequested)
        {
            HandOverSuspended();
            return;
        }

        _isSuspended = true;
        _checkpointer.IsHeld = true;
        WaitFor(message.Detail ?? $"The lease of {_term} is over; training waits for the control plane.");
    }

    private void OnLeaseHolds(in Message message)
    {
        if (message.Term != _term || !_isSuspended)
        {
            return;
        }

        var mustReopen = _mustReopen || (HasPlaced && HasLostHost());
        Resume();
        _resumptions++;
        if (mustReopen)
        {
            BeginOpening();
            return;
        }

        _runner.Requests.Use(_outbox, _now);
        MarkProgress();
        switch (_phase)
        {
            case CoordinatorPhase.Reading:
                ReadManifest();
                break;
            case CoordinatorPhase.Placing:
                Place();
                break;
            case CoordinatorPhase.Opening:
                RepeatOpening();
                FinishOpening();
                break;
            default:
                ReconsiderMove();
                _runner.Requests.Repeat();
                _checkpointer.CommitIfReady(_outbox);
                Proceed();
                break;
        }
    }

    /// <summary>Ends a suspension; what it left to be done is for the caller.</summary>
    private void Resume()
    {
        _isSuspended = false;
        _mustReopen = false;
        _checkpointer.IsHeld = false;
        _waitsFor = null;
    }

    /// <summary>Begins a new term, at once or when the lease holds again.</summary>
    private void Reopen()
    {
        if (_isSuspended)
        {
            _mustReopen = true;
        }
        else
        {
            BeginOpening();
        }
    }
}
