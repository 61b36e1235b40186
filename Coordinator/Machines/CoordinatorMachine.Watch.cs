using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Machines;

/// <content>
/// The watch: where messages can be lost, it looks at fixed intervals whether anything has moved, repeats what is unanswered, and after some repeats without
/// effect begins a new term.
/// </content>
internal sealed partial class CoordinatorMachine
{
    private ulong _timers; // generations so far
    private ulong _watch; // generation of the timer that counts
    private ulong _marks;
    private ulong _marksSeen;
    private ulong _checkpointMarks;
    private ulong _checkpointMarksSeen;
    private int _repeats;
    private int _checkpointRepeats;

    private void MarkProgress() => _marks++;

    private void StartWatch()
    {
        _watch = ++_timers;
        Rearm();
    }

    private void Rearm()
    {
        if (_settings.RepeatAfter is { } interval)
        {
            _outbox.SetTimer(_now + interval, _watch);
        }
    }

    private void OnTimer(ulong generation)
    {
        if (_phase == CoordinatorPhase.Idle)
        {
            return;
        }

        if (generation == _membersTimer)
        {
            OnMembersWaited();
        }
        else if (generation == _watch)
        {
            Rearm();
            if (!_isSuspended)
            {
                Watch();
            }
        }
    }

    private void Watch()
    {
        if (_phase == CoordinatorPhase.Reading && _readTicket == 0)
        {
            ReadManifest();
        }

        if (!HasPlaced)
        {
            return;
        }

        WatchCheckpoint();
        WatchRequests();
        if (IsServing)
        {
            RepeatAssignments(); // of those who have no tile: nothing else waits for them
        }

        if (_isFinalPaused)
        {
            _isFinalPaused = false;
            Proceed();
        }
    }

    private void WatchRequests()
    {
        var marks = _marks + _runner.Requests.News;
        var isIdle = IsServing && !_runner.IsRunning && _runner.Requests.CommitsOutstanding == 0; // waits for the client or the store
        if (marks != _marksSeen || isIdle)
        {
            _marksSeen = marks;
            _repeats = 0;
        }
        else if (++_repeats > _settings.RepeatsMax)
        {
            _repeats = 0;
            BeginOpening();
        }
        else if (_phase == CoordinatorPhase.Opening)
        {
            _repeatsSent++;
            RepeatOpening();
        }
        else
        {
            _repeatsSent++;
            _runner.Requests.Repeat();
        }
    }

    private void WatchCheckpoint()
    {
        if (_checkpointer.Outstanding is null || !IsServing || _checkpointMarks != _checkpointMarksSeen)
        {
            _checkpointMarksSeen = _checkpointMarks;
            _checkpointRepeats = 0;
        }
        else if (++_checkpointRepeats <= _settings.RepeatsMax)
        {
            _repeatsSent++;
            _checkpointer.Repeat(_runner.Requests, _outbox);
        }
        else
        {
            _checkpointRepeats = 0;
            _checkpointer.GiveUp("tiles did not store their state in time", Refusal.Unavailable);
            OnCheckpointGivenUp();
            Proceed();
        }
    }
}
