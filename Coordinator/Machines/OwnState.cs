using Tessera.Actors.Machines;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Training;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Machines;

/// <summary>
/// Brings what the coordinator itself holds, digital stages and losses, to a checkpoint: from the blobs that it wrote itself where they are the
/// same, otherwise from the store.
/// </summary>
internal sealed class OwnState
{
    private readonly StageSnapshot _snapshot;
    private readonly IStageExecutor[] _stages;
    private readonly byte[][] _construction; // by stage
    private readonly Tickets _tickets;
    private readonly Dictionary<ulong, ManifestBlob> _wanted = []; // by ticket
    private readonly List<(int Chunk, float[] Losses)> _chunks = [];
    private StepId _step;

    /// <summary>Remembers the stages as they are before the first step.</summary>
    public OwnState(string configurationHash, IEnumerable<IStageExecutor> stages, Tickets tickets)
    {
        _snapshot = new StageSnapshot(configurationHash);
        _stages = [.. stages];
        _construction = [.. _stages.Select(stage => _snapshot.OfStage(stage.Plan.Name, StepId.Construction, stage.VisitState))];
        _tickets = tickets;
    }

    /// <summary>Makes a request to the store.</summary>
    /// <param name="kind">Kind.</param>
    /// <param name="ticket">Number.</param>
    public delegate Message StoreRequest(MessageKind kind, ulong ticket);

    /// <summary>Whether everything is there.</summary>
    public bool IsComplete => _wanted.Count == 0;

    /// <summary>Whether an answer of the store is one of those awaited.</summary>
    public bool IsWanted(ulong ticket) => _wanted.ContainsKey(ticket);

    /// <summary>Begins to return to a checkpoint, or to construction.</summary>
    /// <param name="target">The manifest, or null.</param>
    /// <param name="written">Blobs that this coordinator wrote.</param>
    /// <param name="progress">Losses that this coordinator knows.</param>
    /// <param name="request">Makes requests to the store.</param>
    /// <param name="outbox">Takes them.</param>
    /// <exception cref="SnapshotFormatException">The manifest is of another network.</exception>
    public void Begin(RunManifest? target, IReadOnlyList<OwnBlob> written, RunProgress progress, StoreRequest request, Outbox outbox)
    {
        _wanted.Clear();
        _chunks.Clear();
        _step = new StepId(target?.Step ?? 0);
        for (var i = 0; i < _stages.Length; i++)
        {
            var stage = _stages[i];
            var entry = target?.Find(ManifestBlob.StageKind, stage.Plan.Name);
            var known = entry is null ? _construction[i] : written.FirstOrDefault(blob => blob.Hash == entry.Hash)?.Bytes;
            if (known is not null)
            {
                _snapshot.LoadStage(stage.Plan.Name, _step, known, stage.VisitState);
            }
            else
            {
                Want(entry!, request, outbox);
            }
        }

        if (progress.Step.CompareTo(_step) >= 0)
        {
            progress.ReturnTo(_step); // the same steps have the same losses, to the bit
            return;
        }

        for (var chunk = 0; chunk < LossChunks.Count((int)_step.Value); chunk++)
        {
            Want(target!.Find(ManifestBlob.LossesKind, LossChunks.NameOf(chunk)), request, outbox);
        }
    }

    /// <summary>Asks again for what has not come.</summary>
    public void Repeat(StoreRequest request, Outbox outbox)
    {
        foreach (var (ticket, entry) in _wanted)
        {
            outbox.Send(request(MessageKind.GetBlob, ticket) with { Hash = entry.Hash });
        }
    }

    /// <summary>Takes a blob.</summary>
    /// <exception cref="SnapshotFormatException">It is not what the manifest says.</exception>
    public void Accept(in Message read, RunProgress progress)
    {
        _wanted.Remove(read.Operation, out var entry);
        if (entry!.Kind == ManifestBlob.StageKind)
        {
            var stage = _stages.First(stage => stage.Plan.Name == entry.Name);
            _snapshot.LoadStage(entry.Name, _step, read.Blob!, stage.VisitState);
        }
        else
        {
            var chunk = LossChunks.IndexOf(entry.Name);
            _chunks.Add((chunk, _snapshot.LoadLosses(chunk, read.Blob!)));
        }

        if (IsComplete && _chunks.Count > 0)
        {
            LoadLosses(progress);
        }
    }

    private void LoadLosses(RunProgress progress)
    {
        float[] losses = [.. _chunks.OrderBy(chunk => chunk.Chunk).SelectMany(chunk => chunk.Losses)];
        if ((ulong)losses.Length != _step.Value)
        {
            throw new SnapshotFormatException(
                $"The checkpoint of {_step} holds {losses.Length} losses, expected one a step. Restore it from a backup, or train a new run.");
        }

        progress.Load(losses);
    }

    private void Want(ManifestBlob entry, StoreRequest request, Outbox outbox)
    {
        var ticket = _tickets.Next();
        _wanted.Add(ticket, entry);
        outbox.Send(request(MessageKind.GetBlob, ticket) with { Hash = entry.Hash });
    }
}
