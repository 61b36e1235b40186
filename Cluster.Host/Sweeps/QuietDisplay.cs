using Tessera.Coordination.Training;
using Tessera.Host.Runs;

namespace Tessera.Host.Sweeps;

/// <summary>Shows nothing of a run but what a person must know.</summary>
/// <param name="error">Where complaints go.</param>
internal sealed class QuietDisplay(TextWriter error) : IRunDisplay
{
    private readonly TextWriter _error = TextWriter.Synchronized(error);

    /// <inheritdoc/>
    public void OnStep(in StepReport r)
    {
    }

    /// <inheritdoc/>
    public void OnEpoch(in EpochReport r)
    {
    }

    /// <inheritdoc/>
    public void Note(string name, string value)
    {
    }

    /// <inheritdoc/>
    public void Warn(string message) => _error.WriteLine($"tessera: {message}");

    /// <inheritdoc/>
    public void Watch(Action training) => training();
}
