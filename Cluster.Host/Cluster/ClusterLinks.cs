using Microsoft.Extensions.Logging;
using Tessera.Actors.ControlPlanes;
using Tessera.Actors.Edges;
using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;
using Tessera.Actors.Transport;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Cluster;

/// <summary>What every process of a cluster holds: its identity, the control plane, and its connections.</summary>
internal sealed class ClusterLinks : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly PostgresControlPlane _plane;

    private ClusterLinks(PostgresControlPlane plane, PeerId self, NetworkEdge network, string name, ILogger log)
    {
        _plane = plane;
        Plane = new LoggedControlPlane(plane, name, log);
        Self = self;
        Network = network;
    }

    /// <summary>Who decides.</summary>
    public IControlPlane Plane { get; }

    /// <summary>Who this process is.</summary>
    public PeerId Self { get; }

    /// <summary>Its connections.</summary>
    public NetworkEdge Network { get; }

    /// <summary>Where it takes connections, or null where it takes none.</summary>
    public PeerAddress? Bound { get; private set; }

    /// <summary>Waits for the control plane, is admitted, and begins to listen.</summary>
    /// <param name="place">How the process takes part.</param>
    /// <param name="role">What it does, for people.</param>
    /// <param name="listens">Whether others connect to it.</param>
    /// <param name="log">Where trouble is told.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="StoreException">The control plane refuses.</exception>
    /// <exception cref="TransportException">It cannot listen there.</exception>
    public static ClusterLinks Open(ProcessPlace place, string role, bool listens, ILogger log, CancellationToken stop)
    {
        PostgresControlPlane plane = new(place.Cluster.Database, place.Cluster.Run);
        NetworkEdge? network = null;
        try
        {
            PeerId self = Patiently(() => plane.Admit(place.Name), log, stop);
            PeerNetworkSettings settings = new() { Self = self, Name = place.Name, Role = role, Secret = place.Secret };
            network = new NetworkEdge(inbox => new PeerNetwork(settings, inbox, log));
            ClusterLinks links = new(plane, self, network, place.Name, log);
            if (listens) { links.Bound = network.Network.Listen(place.Listen); }
            return links;
        }
        catch (Exception)
        {
            network?.Dispose();
            plane.Dispose();
            throw;
        }
    }

    /// <summary>Does something that needs the database, again and again while it is away.</summary>
    /// <exception cref="StoreException">It fails for another reason.</exception>
    /// <exception cref="OperationCanceledException">The process was asked to end.</exception>
    public static T Patiently<T>(Func<T> action, ILogger log, CancellationToken stop)
    {
        string? told = null;
        while (true)
        {
            try { return action(); }
            catch (StoreException error) when (error.Refusal == Refusal.Unavailable)
            {
                if (told != error.Message) { HostLog.Waiting(log, error.Message); }
                told = error.Message;
            }

            if (stop.WaitHandle.WaitOne(Pause)) { stop.ThrowIfCancellationRequested(); }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        try { Plane.Leave(Self); }
        catch (StoreException) { } // its lease ends by itself
        _plane.Dispose();
    }
}
