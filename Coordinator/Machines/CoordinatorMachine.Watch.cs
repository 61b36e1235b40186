namespace Tessera.Coordination.Machines;

/// <content>
/// The watch: where messages can be lost, it looks at fixed intervals whether anything has moved, repeats what is unanswered, and after some repeats without
/// effect begins a new term.
/// </content>
internal sealed partial class CoordinatorMachine
{
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
        _watch++;
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
        if (generation != _watch || _phase == Phase.Idle)
        {
            return;
        }

        Rearm();
        if (_phase == Phase.Reading && _readTicket == 0)
        {
            ReadManifest();
        }

        if (HasPlaced)
        {
            WatchCheckpoint();
            WatchRequests();
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
        else if (_phase == Phase.Opening)
        {
            RepeatOpening();
        }
        else
        {
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
            _checkpointer.Repeat(_runner.Requests, _outbox);
        }
        else
        {
            _checkpointRepeats = 0;
            _checkpointer.GiveUp("tiles did not store their state in time");
            OnCheckpointGivenUp();
            Proceed();
        }
    }
}
