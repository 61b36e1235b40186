using Tessera.Actors.Machines;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Checkpoints;

/// <summary>What an answer led to.</summary>
internal enum CheckpointOutcome
{
    /// <summary>Nothing is decided.</summary>
    Pending,

    /// <summary>The checkpoint is complete: <see cref="Checkpointer.Newest"/>.</summary>
    Completed,

    /// <summary>It was given up; the one before stays the newest.</summary>
    GivenUp,

    /// <summary>The store knows a newer term: another coordinator leads.</summary>
    Superseded,
}

/// <summary>
/// One checkpoint at a time: every tile stores its state, the coordinator its own, and when all have confirmed, one transaction commits the manifest
/// that names them. A manifest never names what is not stored.
/// </summary>
internal class Checkpointer
{
    private readonly NetworkPlan _plan;
    private readonly string _configurationHash;
    private readonly IStageExecutor[] _stages;
    private readonly StageSnapshot _snapshot;
    private readonly Tickets _tickets;
    private readonly BlobHash?[] _tiles;
    private readonly List<OwnBlob> _own = [];
    private List<ManifestBlob> _losses = [];
    private Term _term;
    private StepId? _step;
    private bool _hasOwn;
    private ulong _manifestTicket; // of the manifest that is being committed, or 0
    private RunManifest? _manifest;
    private IReadOnlyList<NumericsChange> _changes = [];

    /// <summary>Creates a checkpointer without checkpoint.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="configurationHash">SHA-256 of the configuration.</param>
    /// <param name="stages">Executors with learned values of their own, in order of the plan.</param>
    /// <param name="tickets">Numbers of requests to the store.</param>
    public Checkpointer(NetworkPlan plan, string configurationHash, IEnumerable<IStageExecutor> stages, Tickets tickets)
    {
        _plan = plan;
        _configurationHash = configurationHash;
        _stages = [.. stages];
        _snapshot = new StageSnapshot(configurationHash);
        _tickets = tickets;
        _tiles = new BlobHash?[plan.Tiles.Count];
    }

    /// <summary>The step of the checkpoint under way, or null.</summary>
    public StepId? Outstanding => _step;

    /// <summary>The newest checkpoint that is complete, or null.</summary>
    public RunManifest? Newest { get; private set; }

    /// <summary>The coordinator's own blobs of <see cref="Newest"/>, as far as they were written here.</summary>
    public IReadOnlyList<OwnBlob> NewestOwn { get; private set; } = [];

    /// <summary>Why the last one was given up.</summary>
    public string? Failure { get; private set; }

    /// <summary>What the last one was given up for, as far as it says whether a later attempt may succeed.</summary>
    public Refusal FailureKind { get; private set; }

    /// <summary>Whether no manifest may be committed now; answers are taken all the same.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The manifest that a new term goes back to; what was under way is forgotten.</summary>
    public void ReturnTo(RunManifest? newest)
    {
        Forget();
        if (newest?.Step != Newest?.Step)
        {
            NewestOwn = [];
        }

        Newest = newest;
        _changes = newest is null ? [] : newest.NumericsVersion == NumericsVersion.Current
            ? newest.NumericsChanges
            : [.. newest.NumericsChanges, new NumericsChange(newest.Step, newest.NumericsVersion, NumericsVersion.Current)];
    }

    /// <summary>Begins a checkpoint: tiles may confirm from now on.</summary>
    public void Expect(Term term, StepId step)
    {
        Forget();
        _term = term;
        _step = step;
    }

    /// <summary>Copies and stores what the coordinator holds; called between the step of the checkpoint and the next.</summary>
    public void AddOwn(ReadOnlySpan<float> losses, Outbox outbox)
    {
        foreach (var stage in _stages)
        {
            Add(ManifestBlob.StageKind, stage.Plan.Name, _snapshot.OfStage(stage.Plan.Name, _step!.Value, stage.VisitState), outbox);
        }

        _losses = [];
        for (var chunk = 0; chunk < LossChunks.Count(losses.Length); chunk++)
        {
            var name = LossChunks.NameOf(chunk);
            var full = (ulong)(chunk + 1) * LossChunks.Size;
            if (Newest is not null && Newest.Step >= full)
            {
                _losses.Add(Newest.Find(ManifestBlob.LossesKind, name)); // it is stored, and stays as it is
            }
            else
            {
                Add(ManifestBlob.LossesKind, name, _snapshot.OfLosses(chunk, losses), outbox);
            }
        }

        _hasOwn = true;
    }

    /// <summary>Asks tiles that have not confirmed once more.</summary>
    public void Repeat(TileRequests requests, Outbox outbox)
    {
        foreach (var tile in _plan.Tiles)
        {
            if (_tiles[tile.Id.Index] is null)
            {
                outbox.Send(Ask(tile.Id, requests, MessageKind.Snapshot));
            }
        }
    }

    /// <summary>Takes an answer of a tile or of the store; others are ignored.</summary>
    public CheckpointOutcome Accept(in Message message, TileRequests requests, Outbox outbox)
    {
        switch (message.Kind)
        {
            case MessageKind.Snapshotted when message.Step == _step && message.Term == _term:
                _tiles[message.Tile.Index] = message.Hash;
                break;
            case MessageKind.SnapshotFailed when message.Step == _step && message.Term == _term:
                return Fail(message);
            case MessageKind.BlobStored when Find(message.Operation) is { } own:
                own.Hash = message.Hash;
                break;
            case MessageKind.StoreFailed when Find(message.Operation) is not null || IsManifest(message):
                return Fail(message);
            case MessageKind.ManifestStored when IsManifest(message):
                Complete(requests, outbox);
                return CheckpointOutcome.Completed;
        }

        CommitIfReady(outbox);
        return CheckpointOutcome.Pending;
    }

    /// <summary>Commits the manifest if all that it names is stored and it is not committed yet: after <see cref="IsHeld"/>.</summary>
    public void CommitIfReady(Outbox outbox)
    {
        if (IsReady())
        {
            CommitManifest(outbox);
        }
    }

    /// <summary>Ends the checkpoint under way without one.</summary>
    /// <param name="why">The reason for people.</param>
    /// <param name="kind">The reason as a store says it.</param>
    public CheckpointOutcome GiveUp(string why, Refusal kind)
    {
        FailureKind = kind;
        Failure = $"The checkpoint of {_step} was given up: {why}";
        Forget();
        return CheckpointOutcome.GivenUp;
    }

    /// <summary>Sends a blob to the store.</summary>
    protected virtual void Put(OwnBlob own, Outbox outbox) => outbox.Send(ToStore(MessageKind.PutBlob, own.Ticket) with { Blob = own.Bytes });

    private CheckpointOutcome Fail(in Message message) =>
        message.Refusal == Refusal.OlderTerm ? CheckpointOutcome.Superseded : GiveUp(message.Detail!, message.Refusal);

    private bool IsReady() => !IsHeld && _hasOwn && _manifestTicket == 0 && !_tiles.Contains(null) && _own.TrueForAll(own => own.Hash is not null);

    private bool IsManifest(in Message message) => _manifestTicket != 0 && message.Operation == _manifestTicket;

    private OwnBlob? Find(ulong ticket) => _own.Find(own => own.Ticket == ticket);

    private void Add(string kind, string name, byte[] bytes, Outbox outbox)
    {
        var own = new OwnBlob(kind, name, bytes, _tickets.Next());
        _own.Add(own);
        Put(own, outbox);
    }

    private void CommitManifest(Outbox outbox)
    {
        var own = _own.Select(blob => new ManifestBlob(blob.Kind, blob.Name, blob.Hash!.Value)).ToList();
        _manifest = new RunManifest
        {
            NumericsVersion = NumericsVersion.Current,
            NumericsChanges = _changes,
            ConfigurationHash = _configurationHash,
            Step = _step!.Value.Value,
            Term = _term.Value,
            Blobs =
            [
                .. _plan.Tiles.Select(tile => new ManifestBlob(ManifestBlob.TileKind, tile.Name, _tiles[tile.Id.Index]!.Value)),
                .. own.Where(blob => blob.Kind == ManifestBlob.StageKind),
                .. _losses,
                .. own.Where(blob => blob.Kind == ManifestBlob.LossesKind),
            ],
        };
        _manifestTicket = _tickets.Next();
        outbox.Send(ToStore(MessageKind.CommitManifest, _manifestTicket) with { Body = _manifest });
    }

    private void Complete(TileRequests requests, Outbox outbox)
    {
        Newest = _manifest;
        NewestOwn = [.. _own];
        foreach (var tile in _plan.Tiles)
        {
            outbox.Send(Ask(tile.Id, requests, MessageKind.CheckpointComplete));
        }

        Forget();
    }

    private void Forget()
    {
        _step = null;
        _hasOwn = false;
        _manifestTicket = 0;
        _manifest = null;
        _own.Clear();
        Array.Clear(_tiles);
    }

    private Message Ask(TileId tile, TileRequests requests, MessageKind kind) => new()
    {
        Kind = kind,
        To = Recipient.Tile,
        Peer = requests.HostOf(tile),
        Tile = tile,
        Term = _term,
        Step = _step!.Value,
    };

    private Message ToStore(MessageKind kind, ulong ticket) => new()
    {
        Kind = kind,
        To = Recipient.StoreClient,
        From = Recipient.Coordinator,
        Tile = TileId.None,
        Term = _term,
        Step = _step!.Value,
        Operation = ticket,
    };
}
