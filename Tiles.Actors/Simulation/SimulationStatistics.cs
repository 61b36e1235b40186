namespace Tessera.Actors.Simulation;

/// <summary>What happened in a simulated world so far.</summary>
public sealed record SimulationStatistics
{
    /// <summary>Events.</summary>
    public long Events { get; internal set; }

    /// <summary>Messages that machines handled, timers included.</summary>
    public long Handled { get; internal set; }

    /// <summary>Messages sent between processes.</summary>
    public long Sent { get; internal set; }

    /// <summary>Messages that did not arrive: dropped, partitioned, for a dead process or for nobody.</summary>
    public long Lost { get; internal set; }

    /// <summary>Messages that arrived twice.</summary>
    public long Duplicated { get; internal set; }

    /// <summary>Messages that arrived before one that was sent earlier over the same link.</summary>
    public long Reordered { get; internal set; }

    /// <summary>Partitions.</summary>
    public long Partitions { get; internal set; }

    /// <summary>Connections that broke between live processes.</summary>
    public long ConnectionLosses { get; internal set; }

    /// <summary>Processes that died.</summary>
    public long Crashes { get; internal set; }

    /// <summary>Processes that came back in a new incarnation.</summary>
    public long Restarts { get; internal set; }

    /// <summary>Processes that froze.</summary>
    public long Freezes { get; internal set; }

    /// <summary>Nodes that were told to drain.</summary>
    public long Drains { get; internal set; }

    /// <summary>Nodes that had handed over all their tiles when they left after draining.</summary>
    public long DrainsEmptied { get; internal set; }

    /// <summary>Tiles that lost their scratch.</summary>
    public long ScratchLosses { get; internal set; }

    /// <summary>Requests that the store or the control plane took up.</summary>
    public long ServiceRequests { get; internal set; }

    /// <summary>Requests to a service, or answers, that were lost.</summary>
    public long ServiceLost { get; internal set; }

    /// <summary>Failures that the store answered.</summary>
    public long StoreFailures { get; internal set; }

    /// <summary>Losses of power, times of being full, slow or away of store and control plane.</summary>
    public long ServiceTroubles { get; internal set; }

    /// <summary>Blobs in which a bit was flipped.</summary>
    public long Damages { get; internal set; }

    /// <summary>Manifests that the store accepted.</summary>
    public long Manifests { get; internal set; }

    /// <summary>Terms that the control plane granted.</summary>
    public long Terms { get; internal set; }

    /// <summary>Commits that took effect at observed tiles.</summary>
    public long Commits { get; internal set; }

    /// <summary>Restores that took effect at observed tiles.</summary>
    public long Restores { get; internal set; }

    /// <summary>Faults other than those of single messages.</summary>
    public long Faults => Partitions + ConnectionLosses + Crashes + Freezes + Drains + ScratchLosses + ServiceTroubles + Damages;
}
