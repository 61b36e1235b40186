using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Machines;

/// <content>A checkpoint that cannot be read: the run goes back to the one before it, if that is kept, and says so.</content>
internal sealed partial class CoordinatorMachine
{
    private readonly List<RunManifest> _unusable = []; // those that could not be gone back to since the newest that was completed here
    private string? _damage; // what is wrong with the last of them

    /// <summary>
    /// A part of the checkpoint is damaged or gone. The one before it, where it is kept, leads to the same bits: a new term goes back to that. What is stored on
    /// the way replaces what is damaged.
    /// </summary>
    private void LeaveCheckpoint(string? damage)
    {
        _unusable.Add(_target!);
        _damage = damage;
        Reopen();
    }

    /// <summary>Says that the run goes back further than to its newest checkpoint, or ends it where nothing else is kept.</summary>
    private bool AcceptOlder(RunManifest? older)
    {
        var step = _unusable[^1].Step;
        if (older is null)
        {
            Fail(_damage ?? $"The checkpoint of step {step} cannot be read, and no other is kept. Restore it from a backup or train the run again.");
            return false;
        }

        _outbox.Send(ToClient(MessageKind.CheckpointFailed, _progress.Step) with
        {
            Detail = $"The checkpoint of step {step} cannot be used: {_damage} The run goes back to the checkpoint of step {older.Step}.",
        });
        return true;
    }

    private static bool IsDamage(in Message message) => message.Refusal is Refusal.Damaged or Refusal.Missing;
}
