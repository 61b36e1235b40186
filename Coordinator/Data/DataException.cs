namespace Tessera.Coordination.Data;

/// <summary>
/// Data that cannot be used: a file is missing, truncated, mislabelled or holds values that are no numbers. The message is complete as it
/// stands: the file, what was seen, what was expected, and the way out.
/// </summary>
public sealed class DataException : Exception
{
    /// <summary>Creates the error from a complete message.</summary>
    /// <param name="message">One sentence or a few, for the person who gave the data.</param>
    public DataException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error from a complete message and the failure below it.</summary>
    public DataException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Composes file, finding, expectation and advice in the order in which a person reads them.</summary>
    /// <param name="file">Path of the file or folder.</param>
    /// <param name="seen">What was found, without a full stop.</param>
    /// <param name="expected">What would have been right, without a full stop.</param>
    /// <param name="advice">The way out, a whole sentence.</param>
    internal static DataException About(string file, string seen, string expected, string advice) =>
        new($"Data file '{file}': {seen}; expected {expected}. {advice}");
}
