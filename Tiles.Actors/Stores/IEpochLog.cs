using Tessera.Protocol.Identity;

namespace Tessera.Actors.Stores;

/// <summary>Metrics of finished epochs, which survive every process. Calls block and may come from any thread, one at a time.</summary>
public interface IEpochLog
{
    /// <summary>Keeps the metrics of an epoch; those of the same epoch, if any, are replaced. Durable when this returns.</summary>
    /// <param name="step">The step that ended it.</param>
    /// <param name="epoch">Its number, 1 or more.</param>
    /// <param name="json">The metrics.</param>
    /// <exception cref="StoreException">They are not kept.</exception>
    void Append(StepId step, int epoch, string json);

    /// <summary>All that is kept, by epoch.</summary>
    /// <exception cref="StoreException">They cannot be read.</exception>
    IReadOnlyList<EpochRecord> ReadAll();
}

/// <summary>Metrics of an epoch.</summary>
/// <param name="Step">The step that ended it.</param>
/// <param name="Epoch">Its number, 1 or more.</param>
/// <param name="Json">The metrics.</param>
public sealed record EpochRecord(StepId Step, int Epoch, string Json);
