using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Machines;

/// <content>
/// Planned moves: where the members that can be used now would be given other tiles than they have, training is held after a checkpoint, and a new term begins
/// from exactly that step, so that nothing is done again. Tiles that stay go back to their copies in memory.
/// </content>
internal sealed partial class CoordinatorMachine
{
    private bool _isMoveWanted;
    private StepId? _moveStep; // the step whose checkpoint a move waits for
    private TimeSpan _moveNotBefore;
    private bool _handOverRequested;

    /// <summary>Looks whether tiles should move: after every change of the members that can be used.</summary>
    private void ReconsiderMove()
    {
        _isMoveWanted = HasPlaced && _settings.MoveAfter is not null && UsableMembers() is { Count: > 0 } usable
            && Placement.Place(Memory().TileBytes, UsableMemory(usable), _hosts, out _) is { } wanted && !wanted.SequenceEqual(_hosts);
    }

    /// <summary>Whether the checkpoint for a move is to be taken after a step that begins now. At the end of the run nothing moves.</summary>
    private bool IsMoveDue(StepId step) =>
        _isMoveWanted && _now >= _moveNotBefore && _checkpointer.Outstanding is null
        && step.Value != (ulong)_progress.StepsTotal && step.Value != _settings.EndAfter;

    /// <summary>Whether training must not go on because a move waits for its checkpoint, or begins now.</summary>
    private bool IsHeldForMove()
    {
        if (_moveStep is not { } step)
        {
            return false;
        }

        if (_isMoveWanted && _checkpointer.Newest?.Step == step.Value)
        {
            if (_runner.Requests.CommitsOutstanding == 0)
            {
                _moves++;
                BeginOpening();
            }

            return true;
        }

        if (_isMoveWanted && _checkpointer.Outstanding == step)
        {
            return true;
        }

        _moveStep = null; // the checkpoint was given up, or the members have changed again
        _moveNotBefore = _now + (_settings.MoveAfter ?? TimeSpan.Zero);
        return false;
    }

    /// <summary>Without a lease nothing can be stored, perhaps for long: the run is handed over as it would be by a crash.</summary>
    private void HandOverSuspended()
    {
        _runner.Abandon();
        End(
            MessageKind.SteppedDown,
            $"The run was handed over without a checkpoint, because the control plane does not answer: another coordinator goes on. {NewestCheckpoint()}");
    }

    private void OnHandOver()
    {
        if (_phase == CoordinatorPhase.Idle)
        {
            return;
        }

        _handOverRequested = true;
        if (_isSuspended)
        {
            HandOverSuspended();
        }
        else if (IsServing)
        {
            Proceed();
        }
        else
        {
            End(MessageKind.SteppedDown, "The run was handed over before training began here: another coordinator goes on.");
        }
    }
}
