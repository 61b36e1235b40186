using Tessera.Actors.Machines;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Simulation;

/// <summary>Checks, as the run goes, what holds whatever goes wrong. The first violation ends the run.</summary>
public sealed class SimulationInvariants
{
    private readonly SimulatedWorld _world;
    private readonly EffectChecks _effects;
    private readonly StateChecks _states;
    private readonly ManifestChecks _manifests;
    private Incarnation? _process; // whose machine handles a message now
    private SimulatedMailbox? _mailbox;
    private Message _message;
    private ObservedTile? _visited;

    internal SimulationInvariants(SimulatedWorld world)
    {
        _world = world;
        _effects = new EffectChecks(this);
        _states = new StateChecks(this);
        _manifests = new ManifestChecks(this, world);
    }

    /// <summary>
    /// Says what every manifest must name, in this order, and that none may be sent before all its blobs are durable; without it neither is checked.
    /// All blobs must be safetensors files whose metadata <c>step</c> is the manifest's.
    /// </summary>
    /// <param name="blobs">Kind and name of each blob.</param>
    public void ExpectManifest(IReadOnlyList<(string Kind, string Name)> blobs) => _manifests.Expected = blobs;

    /// <summary>Reports that something does not hold, as the scenario saw it; the run ends after the current event.</summary>
    public void Report(SimulationInvariant invariant, string text) => _world.Violate(invariant, text);

    /// <summary>Ends the run unless something holds.</summary>
    public void Require(bool holds, SimulationInvariant invariant, string text)
    {
        if (!holds)
        {
            Report(invariant, text);
        }
    }

    internal void Begin(Incarnation process, SimulatedMailbox mailbox, in Message message)
    {
        _process = process;
        _mailbox = mailbox;
        _message = message;
        _visited = null;
        if (message.Kind == MessageKind.Restore && mailbox.Observed is { } tile && message.Term.CompareTo(tile.NewestTerm) > 0)
        {
            tile.NewestTerm = message.Term;
        }
    }

    internal void End(Outbox outbox)
    {
        if (_visited is { } tile)
        {
            for (var i = 0; i < outbox.Count; i++)
            {
                ref readonly var sent = ref outbox[i];
                if (sent.Kind == MessageKind.PutBlob && sent.Blob is not null)
                {
                    _states.Copied(tile, sent.Step, sent.Blob);
                }
                else if (sent.Kind == MessageKind.Restored)
                {
                    _world.Statistics.Restores++;
                    _effects.Restored(tile, sent.Term, sent.Step);
                    _states.Restored(tile, sent.Step, _message);
                }
            }
        }

        _process = null;
        _mailbox = null;
        _message = default;
    }

    internal void Visited(ObservedTile tile)
    {
        if (_mailbox is not null)
        {
            _visited = tile;
            _mailbox.Observed = tile;
        }
    }

    internal void Committed(ObservedTile tile, StepId step)
    {
        if (_process is not null)
        {
            _mailbox!.Observed = tile;
            _world.Statistics.Commits++;
            _effects.Committed(tile, step, _message.Term, Origin, _process.Peer);
            _states.Committed(tile, step);
        }
    }

    internal void Applied(ObservedTile tile)
    {
        if (_process is not null)
        {
            _mailbox!.Observed = tile;
            _effects.Applied(tile, _message.Term, _message.Step, _message.Operation);
            _states.Applied(tile, _message.Step, _message.Operation);
        }
    }

    internal void TermGranted(Term term, PeerId peer) => _effects.Granted(term, peer);

    internal void ManifestAccepted(RunManifest manifest)
    {
        _effects.Accepted(new Term(manifest.Term));
        _manifests.Accepted(manifest);
    }

    internal void ManifestTooEarly(RunManifest manifest, ManifestBlob blob) => _manifests.TooEarly(manifest, blob);

    private PeerId Origin => _message.Peer.Value == 0 ? _process!.Peer : _message.Peer;
}
