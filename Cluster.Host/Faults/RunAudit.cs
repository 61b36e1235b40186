using Tessera.Actors.Postgres;
using Tessera.Coordination.Checkpoints;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Faults;

/// <summary>Reads what a run left in its database and lists what does not hold that must, whatever failed (docs/guarantees.md).</summary>
internal sealed class RunAudit
{
    private const int ProblemsMax = 20; // to read
    private readonly FaultlessRun _reference;
    private readonly List<string> _problems = [];

    private RunAudit(FaultlessRun reference) => _reference = reference;

    /// <summary>Checks the history and every manifest that is kept.</summary>
    /// <param name="database">The database.</param>
    /// <param name="run">The run.</param>
    /// <param name="reference">The same experiment where nothing failed.</param>
    /// <param name="termsMax">More terms than faults and moves explain: coordinators that fight for the run.</param>
    /// <param name="isFinished">Whether the newest manifest must be that of the last step.</param>
    /// <returns>What does not hold; empty where all does.</returns>
    public static IReadOnlyList<string> Read(string database, string run, FaultlessRun reference, int termsMax, bool isFinished = true)
    {
        RunAudit audit = new(reference);
        PostgresHistory history = PostgresHistory.Read(database, run);
        audit.CheckTerms(history, termsMax);
        audit.CheckCommits(history);
        using PostgresRunStore store = PostgresRunStore.OpenReadOnly(database, run);
        audit.CheckManifests(store, history, isFinished);
        return audit._problems;
    }

    private void Require(bool holds, string problem)
    {
        if (!holds && _problems.Count < ProblemsMax) { _problems.Add(problem); }
    }

    /// <summary>A term belongs to one process, and processes get higher and higher terms (I1, I2).</summary>
    private void CheckTerms(PostgresHistory history, int termsMax)
    {
        IReadOnlyList<TermRecord> grants = history.Grants;
        Require(grants.Count > 0, "No term was ever given out.");
        Require(grants.Count <= termsMax, $"{grants.Count} terms, more than the {termsMax} that the faults explain: coordinators fight for the run.");
        Require(grants.Select(grant => grant.Term).Distinct().Count() == grants.Count, "A term was given out twice.");
        foreach ((TermRecord before, TermRecord after) in grants.Zip(grants.Skip(1)))
        {
            Require(before.At <= after.At, $"{after.Term} was given out before {before.Term}.");
        }

        foreach (TermRecord grant in grants) { Require(grant.Peer is not null, $"{grant.Term} was given to nobody."); }
    }

    /// <summary>Terms never fall from commit to commit, steps rise within a term and never fall, and who commits was given the term (I3, I4).</summary>
    private void CheckCommits(PostgresHistory history)
    {
        Dictionary<Term, PeerId?> leaders = history.Grants.ToDictionary(grant => grant.Term, grant => grant.Peer);
        foreach (CommitRecord commit in history.Commits)
        {
            bool wasGiven = leaders.TryGetValue(commit.Term, out PeerId? leader);
            Require(wasGiven, $"{commit.Term} was committed in and never given out.");
            Require(!wasGiven || leader == commit.Peer, $"{commit.Peer} committed in {commit.Term}, which was given to {leader}.");
        }

        foreach ((CommitRecord before, CommitRecord after) in history.Commits.Zip(history.Commits.Skip(1)))
        {
            Require(before.Term.Value <= after.Term.Value, $"A commit of {after.Term} came after one of {before.Term}.");
            bool isInOrder = before.Term == after.Term ? before.Step.Value < after.Step.Value : before.Step.Value <= after.Step.Value;
            Require(isInOrder, $"{after.Term} committed step {after.Step} after {before.Term} committed step {before.Step}.");
        }
    }

    /// <summary>Every manifest that is kept is whole and of one step, names every part once, and has the bits of the run without faults (I5 to I7, I9).</summary>
    private void CheckManifests(PostgresRunStore store, PostgresHistory history, bool isFinished)
    {
        IReadOnlyList<RunManifest> kept = store.ReadAll();
        ulong last = (ulong)_reference.Losses.Length;
        foreach (RunManifest manifest in kept)
        {
            Require(_reference.Parts.SequenceEqual(FaultlessRun.PartsOf(manifest)), $"The manifest of step {manifest.Step} names other parts.");
            string hash = RunVerifier.ComputeHash(store, manifest); // reads every blob, and refuses one of another step
            CheckLosses(manifest, RunVerifier.ReadLosses(store, manifest));
            Require(manifest.Step != last || hash == _reference.Hash, $"The last state has hash {hash}, without faults {_reference.Hash}.");
            Require(
                history.Commits.Any(commit => commit.Step.Value == manifest.Step && commit.Term.Value == manifest.Term),
                $"The manifest of step {manifest.Step} is kept and was never committed.");
        }

        Require(!isFinished || (kept.Count > 0 && kept[0].Step == last), "The newest manifest is not of the last step.");
        Require(kept.Count == 0 || history.Commits[^1].Step.Value == kept[0].Step, "The newest manifest is not the one that was committed last.");
    }

    /// <summary>The losses of a checkpoint are those of the reference, bit by bit, as far as it goes.</summary>
    private void CheckLosses(RunManifest manifest, float[] losses) => Require(
        _reference.Losses.Take(losses.Length).Select(BitConverter.SingleToUInt32Bits).SequenceEqual(losses.Select(BitConverter.SingleToUInt32Bits)),
        $"The losses up to step {manifest.Step} have other bits than without faults.");
}
