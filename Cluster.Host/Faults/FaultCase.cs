namespace Tessera.Host.Faults;

/// <summary>A row of the fault table.</summary>
/// <param name="Name">How it is asked for: lower case with hyphens.</param>
/// <param name="What">What happens.</param>
/// <param name="Act">Does it to a cluster that has not started, and ends when the coordinator has ended with the right hash.</param>
internal sealed record FaultCase(string Name, string What, Action<FaultScene> Act);

/// <summary>What came of a case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Terms">Terms that were given out.</param>
/// <param name="RedoneSteps">Steps that were committed and then done again.</param>
/// <param name="TrainsAgainAfter">From the fault to the next commit that a node confirmed; null where the fault is no moment.</param>
/// <param name="Took">Time that the whole case took.</param>
/// <param name="Problem">What does not hold, or null.</param>
internal sealed record FaultOutcome(FaultCase Case, int Terms, long RedoneSteps, TimeSpan? TrainsAgainAfter, TimeSpan Took, string? Problem);
