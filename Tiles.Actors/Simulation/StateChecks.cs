using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Simulation;

/// <summary>
/// I9 and I10: the state of a tile after a step has the same bits in every term and incarnation, a copy of it the same bytes, and what is
/// restored the bits of what was copied.
/// </summary>
internal sealed class StateChecks(SimulationInvariants invariants)
{
    private readonly StateHash _hash = new();
    private readonly Dictionary<(TileId Tile, StepId Step, ulong Operation), ulong> _states = [];
    private readonly Dictionary<BlobHash, ulong> _copied = [];

    /// <summary>A commit took effect.</summary>
    public void Committed(ObservedTile tile, StepId step) => RequireSame(tile, step, operation: 0, $"committing {step}");

    /// <summary>An operation took effect.</summary>
    public void Applied(ObservedTile tile, StepId step, ulong operation) => RequireSame(tile, step, operation, $"operation {operation} at {step}");

    /// <summary>The state was copied, to be stored.</summary>
    public void Copied(ObservedTile tile, StepId step, byte[] blob)
    {
        invariants.Require(
            step == tile.Step, SimulationInvariant.SameState, $"{tile.Id} at {tile.Step} made a copy of {step}; expected one of {tile.Step}");
        var state = _hash.Of(tile.Inner);
        if (!_copied.TryAdd(BlobHash.Of(blob), state))
        {
            invariants.Require(
                _copied[BlobHash.Of(blob)] == state, SimulationInvariant.SameState, $"two states of {tile.Id} at {step} gave the same copy");
        }
    }

    /// <summary>A restore took effect while a message was handled.</summary>
    public void Restored(ObservedTile tile, StepId step, in Message message)
    {
        var cameFromStore = message.Kind == MessageKind.BlobRead;
        if (message.Kind == MessageKind.StoreFailed || (cameFromStore && BlobHash.Of(message.Blob) != message.Hash))
        {
            invariants.Report(
                SimulationInvariant.NoSilentFallback,
                $"{tile.Id} restored {step} from {message.Kind} whose bytes are not those of {message.Hash}; expected a refusal");
            return;
        }

        var state = _hash.Of(tile.Inner);
        if (!_copied.TryAdd(message.Hash, state))
        {
            invariants.Require(
                _copied[message.Hash] == state,
                SimulationInvariant.SameState,
                $"{tile.Id} restored {step} from {(cameFromStore ? "the store" : "memory")} with state {state:x16}, "
                + $"expected {_copied[message.Hash]:x16} as it was when blob {message.Hash} was made");
        }
    }

    private void RequireSame(ObservedTile tile, StepId step, ulong operation, string after)
    {
        var state = _hash.Of(tile.Inner);
        if (!_states.TryAdd((tile.Id, step, operation), state))
        {
            var before = _states[(tile.Id, step, operation)];
            invariants.Require(
                before == state,
                SimulationInvariant.SameState,
                $"{tile.Id} has state {state:x16} after {after}, the time before it had {before:x16}");
        }
    }
}
