namespace Tessera.Coordination.Checkpoints;

/// <summary>A state that cannot be written or does not fit: what was seen, what was expected, the way out.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Creates the error.</summary>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with its cause.</summary>
    public CheckpointException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
