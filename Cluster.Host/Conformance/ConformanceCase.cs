namespace Tessera.Host.Conformance;

/// <summary>
/// One case of a golden file. It draws from addresses that follow from its name alone, so that its result depends neither on the other cases nor on
/// the number of threads.
/// </summary>
/// <param name="name">Name of the file without its ending, then the case inside it, separated by slashes.</param>
/// <param name="comparisons">Statistics that the case compares; those of a whole file share its false-alarm chance.</param>
internal abstract class ConformanceCase(string name, int comparisons)
{
    /// <summary>Name that <c>--filter</c> is matched with.</summary>
    public string Name { get; } = name;

    /// <summary>Statistics that the case compares.</summary>
    public int Comparisons { get; } = comparisons;

    /// <summary>Runs the case.</summary>
    /// <param name="limit">Largest deviation that is still chance, in standard errors.</param>
    /// <exception cref="CaseRefusedException">This build cannot do what the case asks for.</exception>
    public abstract CaseResult Run(double limit);
}

/// <summary>A case that is known but not run.</summary>
/// <param name="name">Its name.</param>
/// <param name="reason">Why it is not run.</param>
internal sealed class SkippedCase(string name, string reason) : ConformanceCase(name, 0)
{
    /// <inheritdoc/>
    public override CaseResult Run(double limit) => CaseResult.Skip(reason);
}

/// <summary>The program refuses the device or the setting of a case. The message is the program's own.</summary>
/// <param name="reason">What it says.</param>
internal sealed class CaseRefusedException(string reason) : Exception(reason);
