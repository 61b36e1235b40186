using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Plan;

/// <summary>One arrow of the graph. Where several leave a stage, their gradients are added in ascending order of (To, Operand).</summary>
/// <param name="From">Stage that produces.</param>
/// <param name="To">Stage that reads.</param>
/// <param name="Operand">Which operand of the reader.</param>
public sealed record EdgePlan(StageId From, StageId To, int Operand);
