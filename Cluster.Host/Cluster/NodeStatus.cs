using Tessera.Host.Http;
using Tessera.Protocol.Identity;

namespace Tessera.Host.Cluster;

/// <summary>How a node is doing.</summary>
/// <param name="parts">What every process tells.</param>
/// <param name="probe">The node.</param>
internal sealed class NodeStatus(StatusParts parts, NodeProbe probe) : IStatusSource
{
    /// <inheritdoc/>
    public ProcessStatus Read()
    {
        NodeView view = probe.View;
        return parts.Begin() with
        {
            Ready = !view.IsSuspended,
            NotReadyReason = view.IsSuspended ? "it is no member now: it has not joined yet, or the database cannot be reached" : null,
            Suspended = view.IsSuspended,
            Term = view.Term == Term.None ? null : (long)view.Term.Value,
            Phase = view.Tiles.Count == 0 ? "idle" : "hosting",
            Step = probe.Step == 0 ? null : (long)probe.Step,
            RefusedOlderTerm = probe.OlderTermRefusals,
            Tiles = [.. view.Tiles.Select(name => new TileStatus { Name = name })],
        };
    }
}
