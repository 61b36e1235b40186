using Tessera.Coordination.Training;

namespace Tessera.Host.Runs;

/// <summary>How a person or a program watches a run.</summary>
internal interface IRunDisplay : ITrainingObserver
{
    /// <summary>A remark before or after the training itself.</summary>
    /// <param name="name">Name of the value, for instance <c>run</c>.</param>
    /// <param name="value">The value.</param>
    void Note(string name, string value);

    /// <summary>Tells at once, from any thread, what a person must know though training goes on; it goes where complaints go.</summary>
    /// <param name="message">Whole sentences.</param>
    void Warn(string message);

    /// <summary>Runs the training while the display is live.</summary>
    void Watch(Action training);
}
