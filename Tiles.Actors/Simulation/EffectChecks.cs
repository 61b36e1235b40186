using Tessera.Protocol.Identity;

namespace Tessera.Actors.Simulation;

/// <summary>I1, I2, I5 and I7: who changes a tile, in which term, at which step, and how often.</summary>
internal sealed class EffectChecks(SimulationInvariants invariants)
{
    private readonly Dictionary<(TileId Tile, Term Term), Writer> _writers = [];
    private readonly HashSet<(TileId Tile, Term Term, StepId Step)> _commits = [];
    private readonly HashSet<(TileId Tile, Term Term, ulong Operation)> _operations = [];
    private Term _granted;

    /// <summary>A commit took effect.</summary>
    /// <param name="tile">Where.</param>
    /// <param name="step">Of which step.</param>
    /// <param name="term">Of the message that caused it.</param>
    /// <param name="origin">Who sent the message.</param>
    /// <param name="host">Where the tile lives.</param>
    public void Committed(ObservedTile tile, StepId step, Term term, PeerId origin, PeerId host)
    {
        RequireCurrent(tile, term, "a commit");
        invariants.Require(
            _commits.Add((tile.Id, term, step)), SimulationInvariant.OnceOnly, $"the update of {tile.Id} at {step} took effect twice in {term}");
        invariants.Require(
            tile.OpenTerm == term && step == tile.Step.Next,
            SimulationInvariant.StepsByOne,
            $"{tile.Id} at {tile.Step}, opened in {tile.OpenTerm}, committed {step} in {term}; expected {tile.Step.Next} in {tile.OpenTerm}");
        var writer = new Writer(origin, host);
        if (!_writers.TryAdd((tile.Id, term), writer))
        {
            var first = _writers[(tile.Id, term)];
            invariants.Require(
                first == writer,
                SimulationInvariant.OneWriter,
                $"{tile.Id} was committed in {term} by {writer.Origin} at {writer.Host}, before by {first.Origin} at {first.Host}");
        }

        tile.Step = step;
    }

    /// <summary>An operation outside training took effect.</summary>
    public void Applied(ObservedTile tile, Term term, StepId step, ulong operation)
    {
        RequireCurrent(tile, term, "an operation");
        invariants.Require(
            _operations.Add((tile.Id, term, operation)),
            SimulationInvariant.OnceOnly,
            $"operation {operation} of {tile.Id} took effect twice in {term}");
        Open(tile, term, step);
    }

    /// <summary>A restore took effect.</summary>
    public void Restored(ObservedTile tile, Term term, StepId step)
    {
        RequireCurrent(tile, term, "a restore");
        Open(tile, term, step);
    }

    /// <summary>The control plane granted a term.</summary>
    public void Granted(Term term, PeerId peer)
    {
        invariants.Require(
            term.CompareTo(_granted) > 0, SimulationInvariant.NoOlderTerm, $"{peer} was granted {term} when {_granted} was granted before");
        _granted = term;
    }

    /// <summary>The store accepted a manifest.</summary>
    public void Accepted(Term term) => invariants.Require(
        term.CompareTo(_granted) >= 0, SimulationInvariant.NoOlderTerm, $"the store accepted a manifest of {term} when {_granted} was granted");

    private static void Open(ObservedTile tile, Term term, StepId step)
    {
        tile.NewestTerm = term;
        tile.OpenTerm = term;
        tile.Step = step;
    }

    private void RequireCurrent(ObservedTile tile, Term term, string effect) => invariants.Require(
        term.CompareTo(tile.NewestTerm) >= 0,
        SimulationInvariant.NoOlderTerm,
        $"{effect} of {term} took effect at {tile.Id}, which had seen {tile.NewestTerm}");

    private readonly record struct Writer(PeerId Origin, PeerId Host);
}
