using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Faults;

/// <summary>
/// Reads what a run left in its database and lists what does not hold that must, whatever failed, each by its number in docs/guarantees.md. What the database
/// does not show is said in docs/faults.md.
/// </summary>
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
    /// <param name="damagedStep">The step of a checkpoint that was damaged in the database, or null: a later term may go back behind this one.</param>
    /// <returns>What does not hold; empty where all does.</returns>
    public static IReadOnlyList<string> Read(
        string database, string run, FaultlessRun reference, int termsMax, bool isFinished = true, ulong? damagedStep = null)
    {
        RunAudit audit = new(reference);
        PostgresHistory history = PostgresHistory.Read(database, run);
        audit.CheckTerms(history, termsMax);
        audit.CheckCommits(history, damagedStep);
        using PostgresRunStore store = PostgresRunStore.OpenReadOnly(database, run);
        audit.CheckManifests(store, history, isFinished);
        return audit._problems;
    }

    private void Require(bool holds, string problem)
    {
        if (!holds && _problems.Count < ProblemsMax) { _problems.Add(problem); }
    }

    /// <summary>I1: a term belongs to one process. I7: terms rise.</summary>
    private void CheckTerms(PostgresHistory history, int termsMax)
    {
        IReadOnlyList<TermRecord> grants = history.Grants;
        Require(grants.Count > 0, "I1: no term was ever given out.");
        Require(grants.Count <= termsMax, $"I1: {grants.Count} terms, more than the {termsMax} that the faults explain: coordinators fight for the run.");
        Require(grants.Select(grant => grant.Term).Distinct().Count() == grants.Count, "I1: a term was given out twice.");
        foreach ((TermRecord before, TermRecord after) in grants.Zip(grants.Skip(1)))
        {
            Require(before.At <= after.At, $"I7: {after.Term} was given out before {before.Term}.");
        }

        foreach (TermRecord grant in grants) { Require(grant.Peer is not null, $"I1: {grant.Term} was given to nobody."); }
    }

    /// <summary>
    /// I1: who commits was given the term. I2: steps rise within a term, and never fall where nothing was damaged. I7: terms never fall, and none is committed in
    /// after the next was given out.
    /// </summary>
    private void CheckCommits(PostgresHistory history, ulong? damagedStep)
    {
        Dictionary<Term, PeerId?> leaders = history.Grants.ToDictionary(grant => grant.Term, grant => grant.Peer);
        foreach (CommitRecord commit in history.Commits)
        {
            bool wasGiven = leaders.TryGetValue(commit.Term, out PeerId? leader);
            Require(wasGiven, $"I1: {commit.Term} was committed in and never given out.");
            Require(!wasGiven || leader == commit.Peer, $"I1: {commit.Peer} committed in {commit.Term}, which was given to {leader}.");
            TermRecord? next = history.Grants.FirstOrDefault(grant => grant.Term.CompareTo(commit.Term) > 0);
            Require(next is null || commit.At <= next.At, $"I7: {commit.Term} was committed in after {next?.Term} was given out.");
        }

        foreach ((CommitRecord before, CommitRecord after) in history.Commits.Zip(history.Commits.Skip(1)))
        {
            Require(before.Term.Value <= after.Term.Value, $"I7: a commit of {after.Term} came after one of {before.Term}.");
            bool isInOrder = before.Term == after.Term ? before.Step.Value < after.Step.Value
                : before.Step.Value <= after.Step.Value || before.Step.Value == damagedStep;
            Require(isInOrder, $"I2: {after.Term} committed {after.Step} after {before.Term} committed {before.Step}.");
        }
    }

    /// <summary>
    /// I3: every manifest that is kept names every part once, was committed, and is of one step. I4, I9: its state has the hash of the run without faults. I6: so
    /// has every loss. I10: all of it can be read.
    /// </summary>
    private void CheckManifests(PostgresRunStore store, PostgresHistory history, bool isFinished)
    {
        IReadOnlyList<RunManifest> kept = store.ReadAll();
        ulong last = (ulong)_reference.Losses.Length;
        foreach (RunManifest manifest in kept)
        {
            Require(_reference.Parts.SequenceEqual(FaultlessRun.PartsOf(manifest)), $"I3: the manifest of step {manifest.Step} names other parts.");
            Require(
                history.Commits.Any(commit => commit.Step.Value == manifest.Step && commit.Term.Value == manifest.Term),
                $"I3: the manifest of step {manifest.Step} is kept and was never committed.");
            try { CheckState(store, manifest, last); }
            catch (Exception error) when (error is StoreException or SnapshotFormatException)
            {
                Require(holds: false, $"I10: the checkpoint of step {manifest.Step} is kept and cannot be used: {error.Message}");
            }
        }

        Require(!isFinished || (kept.Count > 0 && kept[0].Step == last), "I4: the newest manifest is not of the last step.");
        Require(kept.Count == 0 || history.Commits[^1].Step.Value == kept[0].Step, "I3: the newest manifest is not the one that was committed last.");
    }

    private void CheckState(PostgresRunStore store, RunManifest manifest, ulong last)
    {
        string hash = RunVerifier.ComputeHash(store, manifest); // reads every blob, and refuses one of another step
        string? expected = _reference.HashAt(manifest.Step);
        Require(expected is null || hash == expected, $"I9: the state of step {manifest.Step} has hash {hash}, without faults {expected}.");
        Require(manifest.Step != last || hash == _reference.Hash, $"I4: the last state has hash {hash}, without faults {_reference.Hash}.");
        float[] losses = RunVerifier.ReadLosses(store, manifest);
        Require(
            _reference.Losses.Take(losses.Length).Select(BitConverter.SingleToUInt32Bits).SequenceEqual(losses.Select(BitConverter.SingleToUInt32Bits)),
            $"I6: the losses up to step {manifest.Step} have other bits than without faults.");
    }
}
