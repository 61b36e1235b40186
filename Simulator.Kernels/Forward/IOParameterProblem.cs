namespace Tessera.Kernels.Forward;

/// <summary>One field of an <see cref="Configuration.IOParameters"/> that no pass can be built from.</summary>
/// <param name="Field">Name as in a configuration file, for instance <c>inp_bound</c>.</param>
/// <param name="Seen">The value that was given.</param>
/// <param name="Expected">What the field has to be.</param>
/// <param name="Advice">The way out.</param>
public sealed record IOParameterProblem(string Field, string Seen, string Expected, string Advice)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} is {Seen}, expected {Expected}. {Advice}";
}

/// <summary>A pass was asked for with parameters that it cannot have; lists all problems at once.</summary>
public sealed class IOParametersException : ArgumentException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="direction">The pass that was being built.</param>
    /// <param name="problems">At least one problem.</param>
    public IOParametersException(MvmDirection direction, IReadOnlyList<IOParameterProblem> problems)
        : base($"The {(direction == MvmDirection.Forward ? "forward" : "backward")} parameters cannot be used: {string.Join(" ", problems)}")
    {
        Problems = problems;
    }

    /// <summary>Every problem found.</summary>
    public IReadOnlyList<IOParameterProblem> Problems { get; }
}
