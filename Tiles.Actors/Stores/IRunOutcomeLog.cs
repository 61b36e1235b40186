namespace Tessera.Actors.Stores;

/// <summary>How a run ended, for processes that were not there. Calls block and may come from any thread, one at a time.</summary>
public interface IRunOutcomeLog
{
    /// <summary>Says how the run ended, in place of what was said before. Durable when this returns.</summary>
    /// <param name="json">A small JSON text, or null where the run goes on.</param>
    /// <exception cref="StoreException">It is not kept.</exception>
    void SetOutcome(string? json);

    /// <summary>What was said last, or null while the run goes on.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    string? ReadOutcome();
}
