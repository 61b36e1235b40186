using System.Globalization;

namespace Tessera.Actors.Simulation;

/// <summary>An invariant that did not hold.</summary>
/// <param name="Invariant">Which.</param>
/// <param name="Seed">The seed that shows it again.</param>
/// <param name="Time">Virtual time.</param>
/// <param name="Text">What was seen and what was expected.</param>
public sealed record SimulationViolation(SimulationInvariant Invariant, ulong Seed, TimeSpan Time, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"I{(int)Invariant} ({Invariant}) does not hold at {Time.TotalMilliseconds:0.0000} ms of seed {Seed}: {Text}");
}

/// <summary>Ends a simulated run whose invariant did not hold; the message ends with the last events.</summary>
public sealed class SimulationViolationException : Exception
{
    /// <summary>Creates the error.</summary>
    public SimulationViolationException(SimulationViolation violation, string trace, Exception? inner = null)
        : base($"{violation}\nRun the seed again to see it again. The last events:\n{trace}", inner)
    {
        Violation = violation;
        Trace = trace;
    }

    /// <summary>What did not hold.</summary>
    public SimulationViolation Violation { get; }

    /// <summary>The last events, one a line.</summary>
    public string Trace { get; }
}
