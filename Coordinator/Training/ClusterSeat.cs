using Tessera.Actors.ControlPlanes;
using Tessera.Actors.Edges;
using Tessera.Protocol.Identity;

namespace Tessera.Coordination.Training;

/// <summary>The place of a coordinator among the processes of a cluster.</summary>
public sealed record ClusterSeat
{
    /// <summary>Who this process is.</summary>
    public required PeerId Self { get; init; }

    /// <summary>Its name for people.</summary>
    public required string Name { get; init; }

    /// <summary>Who decides; the caller disposes it.</summary>
    public required IControlPlane Plane { get; init; }

    /// <summary>Connections to the others; the caller disposes it, after the run.</summary>
    public required NetworkEdge Network { get; init; }

    /// <summary>Where it answers HTTP, for people and tools; empty where it does not.</summary>
    public string Http { get; init; } = string.Empty;

    /// <summary>Members that the first opening waits for, 1 or more.</summary>
    public int MembersMin { get; init; } = 1;
}
