namespace Tessera.Coordination.Training;

/// <summary>A run that cannot go on: what happened at which step, and the way out.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>Creates the error.</summary>
    public TrainingException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with its cause.</summary>
    public TrainingException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
