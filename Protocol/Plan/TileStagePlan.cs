using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Plan;

/// <summary>A stage on tiles, as the nodes see it.</summary>
/// <param name="Stage">Identity.</param>
/// <param name="Name">Unique name.</param>
/// <param name="Grid">Its tiles.</param>
public sealed record TileStagePlan(StageId Stage, string Name, TileGridPlan Grid);
