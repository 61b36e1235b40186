using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Runs;

/// <summary>One run as a list shows it.</summary>
/// <param name="Run">Its folder.</param>
/// <param name="State">running, finished, stopped, killed, failed or unreadable.</param>
/// <param name="Step">Step of the newest checkpoint, or null where there is none.</param>
/// <param name="Steps">Steps of the whole run, where known.</param>
/// <param name="TestAccuracy">Share of test samples classified correctly after the last epoch, or null before the first.</param>
/// <param name="SizeBytes">Bytes of the state on disk.</param>
/// <param name="Problem">Why it failed or is unreadable.</param>
internal sealed record RunListing(string Run, string State, long? Step, long? Steps, double? TestAccuracy, long SizeBytes, string? Problem)
{
    private const string Killed = "killed";

    /// <summary>Looks at a run without disturbing it.</summary>
    public static RunListing Of(RunFolder folder)
    {
        long size = new FileInfo(folder.State) is { Exists: true } state ? state.Length : 0;
        RunOutcome? outcome = RunOutcome.Read(folder);
        bool isRunning = RunLock.IsHeld(folder.Root);
        try
        {
            long? step = NewestStep(folder);
            string ended = outcome is null or { State: RunOutcome.Begun } ? Killed : outcome.State;
            return new RunListing(folder.Root, isRunning ? "running" : ended, step, outcome?.Steps, MetricsWriter.LastAccuracy(folder), size, isRunning ? null : outcome?.Problem);
        }
        catch (Exception error) when (error is StoreException or CheckpointException)
        {
            return new RunListing(folder.Root, "unreadable", null, outcome?.Steps, null, size, error.Message);
        }
    }

    private static long? NewestStep(RunFolder folder)
    {
        try
        {
            using SqliteRunStore store = SqliteRunStore.OpenReadOnly(folder.State);
            return (long?)store.ReadNewest()?.Step;
        }
        catch (StoreException error) when (error.Refusal == Refusal.Missing)
        {
            return folder.HasMetrics ? throw folder.StateLost(error) : null; // ended before it began: nothing is lost
        }
    }
}
