namespace Tessera.Coordination.Plan;

/// <summary>A network that cannot be mapped: what was seen, what was expected, the way out.</summary>
public sealed class PlanException(string message) : Exception(message);
