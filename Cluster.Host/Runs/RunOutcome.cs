using System.Text.Json;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Runs;

/// <summary>How a run ended, as far as it has. It is written when training begins and again when it ends.</summary>
/// <param name="State"><c>begun</c>, <c>finished</c>, <c>stopped</c> or <c>failed</c>.</param>
/// <param name="Step">Mini-batches done, 0 where the run has not ended.</param>
/// <param name="Steps">Mini-batches of the whole run.</param>
/// <param name="TestAccuracy">Share of test samples classified correctly after the last epoch, or null before the first.</param>
/// <param name="Hash">Hash of the final state, or null where the run did not come to one.</param>
/// <param name="Problem">Why it failed, or null.</param>
internal sealed record RunOutcome(string State, long Step, long Steps, double? TestAccuracy, string? Hash, string? Problem = null)
{
    /// <summary>Training goes on, or was killed.</summary>
    public const string Begun = "begun";

    /// <summary>Ended by a failure that the program saw.</summary>
    public const string Failed = "failed";

    /// <summary>All epochs are done.</summary>
    public const string Finished = "finished";

    /// <summary>Stopped on request; it can be resumed.</summary>
    public const string Stopped = "stopped";

    /// <summary>Writes the outcome: whole or not at all.</summary>
    public void Write(RunFolder folder)
    {
        string partial = folder.Outcome + ".partial";
        File.WriteAllText(partial, JsonSerializer.Serialize(this, JsonStyle.SnakeCase) + "\n");
        File.Move(partial, folder.Outcome, overwrite: true);
    }

    /// <summary>The outcome, or null where there is none that can be read.</summary>
    public static RunOutcome? Read(RunFolder folder)
    {
        try { return JsonSerializer.Deserialize<RunOutcome>(File.ReadAllText(folder.Outcome), JsonStyle.SnakeCase); }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException) { return null; }
    }
}
