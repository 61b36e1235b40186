using Tessera.Coordination.Data;
using Tessera.Coordination.Training;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Machines;

/// <content>Steps, epochs, checkpoints on the way, and the end.</content>
internal sealed partial class CoordinatorMachine
{
    private const int FinalAttemptsMax = 3;
    private int _testFirst; // next test sample
    private int _correct; // of the test samples before it
    private bool _isEpochEvaluated;
    private TimeSpan _lastCheckpoint;
    private int _finalAttempts;
    private bool _isFinalPaused; // until the watch looks again

    private void OnAnswer(in Message message)
    {
        if (!IsServing || message.Term != _term)
        {
            return; // of a term that is over: nobody waits for it
        }

        var outcome = _runner.Accept(message);
        if (outcome == StepOutcome.Unfit)
        {
            Fail($"The node '{NameOf(message.Peer)}' {_runner.Misfit}: it is of another version, or defective. Upgrade or replace it, then resume the run. "
                + NewestCheckpoint());
        }
        else if (outcome != StepOutcome.Running)
        {
            Drive(outcome);
        }
        else if (message.Kind == MessageKind.Committed && (_phase is CoordinatorPhase.Settling or CoordinatorPhase.Finalizing || _moveStep is not null))
        {
            Proceed();
        }
    }

    private void OnNeedsForward(in Message message)
    {
        if (!IsServing || message.Term != _term)
        {
            return;
        }

        // Where the next step has begun, the inputs of this one are gone. Mostly the tile only misses a gradient that its commit overtook, which the watch
        // repeats; otherwise the watch sees that repeating does not help.
        if (_runner.Requests.Replay(message.Tile, message.Step))
        {
            MarkProgress();
        }
    }

    /// <summary>Begins what is next, if nothing runs.</summary>
    private void Proceed()
    {
        if (IsServing && !_runner.IsRunning && TryBegin(out var outcome))
        {
            Drive(outcome);
        }
    }

    /// <summary>Goes on until tiles, the client or the store must answer: a loop, for networks whose stages all answer at once.</summary>
    private void Drive(StepOutcome outcome)
    {
        do
        {
            switch (outcome)
            {
                case StepOutcome.Running:
                    return;
                case StepOutcome.Diverged:
                    Fail($"{_runner.Divergence} {NewestCheckpoint()}");
                    return;
                case StepOutcome.StepDone:
                    FinishStep();
                    break;
                case StepOutcome.EvaluationDone:
                    _correct += _runner.Correct;
                    _testFirst += _chunk.Count;
                    break;
            }
        }
        while (TryBegin(out outcome));
    }

    private string NewestCheckpoint() => _checkpointer.Newest is { } newest ? $"The newest checkpoint is of step {newest.Step}." : "No checkpoint was written.";

    private bool TryBegin(out StepOutcome outcome)
    {
        outcome = StepOutcome.Running;
        if (_isSuspended)
        {
            return false;
        }

        switch (_phase)
        {
            case CoordinatorPhase.Training:
                return TryBeginStep(ref outcome);
            case CoordinatorPhase.Settling:
                return TryBeginEvaluation(ref outcome);
            case CoordinatorPhase.Evaluating:
                return TryBeginChunk(ref outcome);
            case CoordinatorPhase.Finalizing:
                Conclude();
                return false;
            default:
                return false;
        }
    }

    private bool TryBeginStep(ref StepOutcome outcome)
    {
        if (IsStopDue)
        {
            return BeginToEnd();
        }

        if (IsHeldForMove())
        {
            return false;
        }

        if (_progress.IsEpochEnd && !_isEpochEvaluated)
        {
            _phase = CoordinatorPhase.Settling;
            return TryBeginEvaluation(ref outcome);
        }

        if (_progress.IsFinished)
        {
            return BeginToEnd();
        }

        if (_credits == 0)
        {
            return false;
        }

        var step = _progress.Step.Next;
        var isMove = IsMoveDue(step);
        var snapshotAfter = isMove || IsCheckpointDue(step);
        _moveStep = isMove ? step : null;
        if (snapshotAfter)
        {
            _checkpointer.Expect(_term, step);
        }

        _progress.FillNext(_batch);
        outcome = _runner.BeginStep(_term, step, _batch, _progress.NextLearningRate, snapshotAfter);
        return true;
    }

    private bool IsStopDue => !_progress.IsFinished && (IsToStop || _handOverRequested);

    private bool IsToStop => _stopRequested || _progress.Step.Value >= _settings.EndAfter;

    private bool IsCheckpointDue(StepId step) =>
        _checkpointer.Outstanding is null
        && ((_settings.CheckpointEverySteps > 0 && step.Value % (ulong)_settings.CheckpointEverySteps == 0)
            || (_settings.CheckpointEvery is { } every && _now - _lastCheckpoint >= every)
            || step.Value == (ulong)_progress.StepsTotal);

    private void FinishStep()
    {
        _credits--; // by the report: a step that a recovery cuts off costs nothing
        _progress.Complete(_runner.Loss);
        _isEpochEvaluated = false;
        if (_checkpointer.Outstanding == _progress.Step)
        {
            _checkpointer.AddOwn(_progress.Losses, _outbox);
        }

        _outbox.Send(ToClient(MessageKind.StepDone, _progress.Step) with
        {
            Scalar = _runner.Loss,
            Vectors = new VectorRange(_progress.Epoch, _progress.SamplesDone),
        });
    }

    private bool TryBeginEvaluation(ref StepOutcome outcome)
    {
        if (_runner.Requests.CommitsOutstanding > 0)
        {
            return false;
        }

        Report(MessageKind.EpochTrained, _progress.Step);
        _phase = CoordinatorPhase.Evaluating;
        (_testFirst, _correct) = (0, 0);
        return TryBeginChunk(ref outcome);
    }

    private bool TryBeginChunk(ref StepOutcome outcome)
    {
        if (IsStopDue)
        {
            return BeginToEnd();
        }

        if (_testFirst < _data.Test.Count)
        {
            _chunk.Fill(_data.Test, null, _testFirst);
            outcome = _runner.BeginEvaluation(_term, _progress.Step, _chunk, _testFirst);
            return true;
        }

        _outbox.Send(ToClient(MessageKind.EpochDone, _progress.Step) with
        {
            Body = new EpochResult(_progress.Epoch, _progress.MeanLossOfEpoch(), _correct, _data.Test.Count),
        });
        _isEpochEvaluated = true;
        _phase = CoordinatorPhase.Training;
        return TryBeginStep(ref outcome);
    }

    private bool BeginToEnd()
    {
        _phase = CoordinatorPhase.Finalizing;
        _moveStep = null;
        Conclude();
        return false;
    }

    /// <summary>Ends the run once its last step is confirmed by all tiles and part of a checkpoint.</summary>
    private void Conclude()
    {
        var step = _progress.Step;
        if (_runner.Requests.CommitsOutstanding > 0 || _isFinalPaused)
        {
            return;
        }

        var isUnbegun = _progress.Step == StepId.Construction && _checkpointer.Newest is null; // whoever takes over begins just so
        if (_checkpointer.Newest?.Step == step.Value || (isUnbegun && !IsToStop))
        {
            EndStored();
        }
        else if (_checkpointer.Outstanding is null)
        {
            _checkpointer.Expect(_term, step);
            _checkpointer.AddOwn(_progress.Losses, _outbox);
            _checkpointer.Repeat(_runner.Requests, _outbox);
        }
    }

    private void EndStored()
    {
        if (_progress.IsFinished)
        {
            End(MessageKind.Finished);
        }
        else if (IsToStop)
        {
            End(MessageKind.Stopped);
        }
        else
        {
            End(MessageKind.SteppedDown, $"The run was handed over after {_progress.Step}: another coordinator goes on from there.");
        }
    }

    /// <summary>
    /// In a cluster a coordinator whose last checkpoint fails for want of a store or of room tries again for as long as it takes, with a pause until the watch
    /// looks again; alone in its process it gives up after some attempts, since somebody waits for its end.
    /// </summary>
    private void OnCheckpointGivenUp()
    {
        _lastCheckpoint = _now;
        _outbox.Send(ToClient(MessageKind.CheckpointFailed, _progress.Step) with { Detail = _checkpointer.Failure });
        if (_phase != CoordinatorPhase.Finalizing)
        {
            return;
        }

        if (_settings.RepeatAfter is not null && _checkpointer.FailureKind is Refusal.Unavailable or Refusal.Full)
        {
            _isFinalPaused = true;
        }
        else if (++_finalAttempts == FinalAttemptsMax)
        {
            Fail($"The state after {_progress.Step} could not be stored. {_checkpointer.Failure} {NewestCheckpoint()} Mend the store, then resume the run: "
                + "the steps since are done again, to the same bits.");
        }
    }
}
