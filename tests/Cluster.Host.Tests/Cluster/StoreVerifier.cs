using Tessera.Actors.Postgres;
using Tessera.Coordination.Checkpoints;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Tests.Cluster;

/// <summary>Checks what a run left in its database: whatever failed, this holds.</summary>
internal static class StoreVerifier
{
    /// <summary>Checks the history and every manifest that is kept.</summary>
    /// <param name="database">The database.</param>
    /// <param name="run">The run.</param>
    /// <param name="reference">The same experiment where nothing failed.</param>
    /// <param name="isFinished">Whether the newest manifest must be that of the last step.</param>
    public static void Verify(string database, string run, ReferenceRun reference, bool isFinished = true)
    {
        PostgresHistory history = PostgresHistory.Read(database, run);
        VerifyTerms(history);
        VerifyCommits(history);
        using PostgresRunStore store = PostgresRunStore.OpenReadOnly(database, run);
        IReadOnlyList<RunManifest> kept = store.ReadAll();
        foreach (RunManifest manifest in kept)
        {
            Assert.Equal(reference.Parts, ReferenceRun.PartsOf(manifest));
            string hash = RunVerifier.ComputeHash(store, manifest); // reads every blob, and refuses one of another step
            VerifyLosses(reference, RunVerifier.ReadLosses(store, manifest));
            if (manifest.Step == (ulong)reference.Losses.Length) { Assert.Equal(reference.Hash, hash); }
            Assert.Contains(history.Commits, commit => commit.Step.Value == manifest.Step && commit.Term.Value == manifest.Term);
        }

        if (isFinished) { Assert.Equal((ulong)reference.Losses.Length, kept[0].Step); }
        if (kept.Count > 0) { Assert.Equal(history.Commits[^1].Step.Value, kept[0].Step); }
    }

    private const int TermsMax = 12; // more than any case has faults and moves

    /// <summary>A term belongs to one process, and processes get higher and higher terms.</summary>
    private static void VerifyTerms(PostgresHistory history)
    {
        Assert.NotEmpty(history.Grants);
        Assert.True(
            history.Grants.Count <= TermsMax, $"{history.Grants.Count} terms: coordinators fight for the run. " + string.Join(' ', history.Grants.Take(TermsMax)));
        Assert.Distinct(history.Grants.Select(grant => grant.Term));
        TermRecord[] byTime = [.. history.Grants.OrderBy(grant => grant.At).ThenBy(grant => grant.Term.Value)];
        Assert.Equal(history.Grants.Select(grant => grant.Term), byTime.Select(grant => grant.Term));
        Assert.All(history.Grants, grant => Assert.NotNull(grant.Peer));
    }

    /// <summary>Terms never fall from commit to commit, steps rise within a term and never fall, and who commits was given the term.</summary>
    private static void VerifyCommits(PostgresHistory history)
    {
        Dictionary<Term, PeerId?> leaders = history.Grants.ToDictionary(grant => grant.Term, grant => grant.Peer);
        foreach (CommitRecord commit in history.Commits)
        {
            Assert.True(leaders.TryGetValue(commit.Term, out PeerId? leader), $"{commit.Term} was committed in and never given out.");
            Assert.Equal(leader, commit.Peer);
        }

        foreach ((CommitRecord before, CommitRecord after) in history.Commits.Zip(history.Commits.Skip(1)))
        {
            Assert.True(before.Term.Value <= after.Term.Value, $"A commit of {after.Term} came after one of {before.Term}.");
            bool isInOrder = before.Term == after.Term ? before.Step.Value < after.Step.Value : before.Step.Value <= after.Step.Value;
            Assert.True(isInOrder, $"{after.Term} committed step {after.Step} after {before.Term} committed step {before.Step}.");
        }
    }

    /// <summary>The losses of a checkpoint are those of the reference, bit by bit, as far as it goes.</summary>
    private static void VerifyLosses(ReferenceRun reference, float[] losses) => Assert.Equal(
        reference.Losses.Take(losses.Length).Select(BitConverter.SingleToUInt32Bits),
        losses.Select(BitConverter.SingleToUInt32Bits));
}
