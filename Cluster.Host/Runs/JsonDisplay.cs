using System.Text.Json;
using Tessera.Coordination.Training;

namespace Tessera.Host.Runs;

/// <summary>One JSON object a line for programs: the lines of metrics.jsonl, then one object with the remarks (run, hash, ...).</summary>
/// <param name="output">Where to write.</param>
/// <param name="error">Where complaints go.</param>
internal sealed class JsonDisplay(TextWriter output, TextWriter error) : IRunDisplay
{
    private readonly Dictionary<string, string> _notes = [];

    /// <inheritdoc/>
    public void Note(string name, string value) => _notes[name] = value;

    /// <inheritdoc/>
    public void Warn(string message) => error.WriteLine($"tessera: {message}");

    /// <inheritdoc/>
    public void Watch(Action training) => training();

    /// <inheritdoc/>
    public void OnStep(in StepReport r)
    {
    }

    /// <inheritdoc/>
    public void OnEpoch(in EpochReport r) => output.WriteLine(MetricsWriter.ToJson(r));

    /// <summary>Writes the closing object.</summary>
    public void Finish() => output.WriteLine(JsonSerializer.Serialize(_notes));
}
