using Tessera.Actors.Stores;

namespace Tessera.Host.Runs;

/// <summary>One run as a list shows it.</summary>
/// <param name="Run">Its folder.</param>
/// <param name="State">running, finished, stopped, killed or unreadable.</param>
/// <param name="Step">Step of the newest checkpoint, or null where there is none.</param>
/// <param name="Steps">Steps of the whole run, where known.</param>
/// <param name="TestAccuracy">Share of test samples classified correctly after the last epoch, or null before the first.</param>
/// <param name="SizeBytes">Bytes of the state on disk.</param>
/// <param name="Problem">Why it is unreadable.</param>
internal sealed record RunListing(string Run, string State, long? Step, long? Steps, double? TestAccuracy, long SizeBytes, string? Problem)
{
    /// <summary>Looks at a run without disturbing it.</summary>
    public static RunListing Of(RunFolder folder)
    {
        long size = new FileInfo(folder.State).Length;
        try
        {
            RunOutcome? outcome = RunOutcome.Read(folder);
            bool isRunning = RunLock.IsHeld(folder.Root);
            using SqliteRunStore store = SqliteRunStore.OpenReadOnly(folder.State);
            long? step = (long?)store.ReadNewest()?.Step;
            string state = isRunning ? "running" : outcome?.State ?? "killed";
            return new RunListing(folder.Root, state, step, outcome?.Steps, MetricsWriter.LastAccuracy(folder), size, null);
        }
        catch (StoreException error)
        {
            return new RunListing(folder.Root, "unreadable", null, null, null, size, error.Message);
        }
    }
}
