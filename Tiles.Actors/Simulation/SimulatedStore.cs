using Tessera.Actors.Stores;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Simulation;

/// <summary>
/// The store of all processes of a world, as one database would be: requests take time, take effect in one moment, and are answered. What was
/// answered is durable; everything else may be lost or torn with the power.
/// </summary>
public sealed class SimulatedStore
{
    private const int Slowness = 100;
    private readonly SimulatedWorld _world;
    private readonly SimulatedDisk _disk = new();
    private readonly List<RunManifest> _manifests = [];
    private long _powerCycle;
    private long _awayUntil;
    private long _fullUntil;
    private long _slowUntil;

    internal SimulatedStore(SimulatedWorld world) => _world = world;

    /// <summary>The newest term that the store knows; manifests of older ones are refused.</summary>
    public Term NewestTerm { get; internal set; }

    /// <summary>Manifests that are kept, the newest last.</summary>
    public IReadOnlyList<RunManifest> Manifests => _manifests;

    /// <summary>The newest manifest, or null.</summary>
    public RunManifest? Newest => _manifests.Count > 0 ? _manifests[^1] : null;

    /// <summary>Blobs on the disk, damaged ones included.</summary>
    public int BlobCount => _disk.Count;

    /// <summary>What is on the disk under a name, damaged or not; null where there is nothing.</summary>
    public byte[]? Read(BlobHash hash) => _disk.Read(hash);

    /// <summary>Whether a blob is durable and as it was written.</summary>
    public bool IsIntact(BlobHash hash) => _disk.IsIntact(hash);

    /// <summary>Flips a bit of a blob for good; a run that needs it may end with a refusal.</summary>
    /// <returns>Whether there is such a blob.</returns>
    public bool Damage(BlobHash hash)
    {
        if (!_disk.Damage(hash, _world.Random))
        {
            return false;
        }

        _world.Statistics.Damages++;
        _world.Note(TraceEvent.Damage);
        return true;
    }

    /// <summary>What is not durable is gone or torn, requests under way are forgotten, and nothing is answered for a while.</summary>
    public void LosePower(TimeSpan away)
    {
        Trouble(TraceEvent.PowerLoss);
        _disk.Tear(_world.Random);
        _powerCycle++;
        _awayUntil = _world.Ticks + away.Ticks;
    }

    /// <summary>Refuses to write for a while.</summary>
    public void FillFor(TimeSpan time)
    {
        Trouble(TraceEvent.Full);
        _fullUntil = _world.Ticks + time.Ticks;
    }

    /// <summary>Takes a hundred times as long for a while.</summary>
    public void SlowFor(TimeSpan time)
    {
        Trouble(TraceEvent.Slow);
        _slowUntil = _world.Ticks + time.Ticks;
    }

    /// <summary>Ends all trouble.</summary>
    internal void Recover() => _awayUntil = _fullUntil = _slowUntil = 0;

    /// <summary>A request arrives.</summary>
    internal void Ask(Incarnation asker, in Message message)
    {
        if (_world.Ticks < _awayUntil)
        {
            _world.Statistics.ServiceLost++;
            _world.Note(TraceEvent.Lose, asker, message);
            return;
        }

        _world.Statistics.ServiceRequests++;
        var verdict = _world.Happens(_world.Faults.StoreFailureChance)
            ? _world.Random.Below(4) == 0 ? Verdict.FailAfterEffect : Verdict.Fail
            : Verdict.Answer;
        var request = message;
        if (message.Kind == MessageKind.PutBlob && verdict != Verdict.Fail)
        {
            request = message with { Hash = BlobHash.Of(message.Blob) };
            _disk.BeginWrite(request.Hash, message.Blob!);
        }

        var time = _world.Network.ServiceDelay() * (_world.Ticks < _slowUntil ? Slowness : 1);
        _world.Schedule(
            _world.Ticks + time,
            new SimulatedEvent { Kind = EventKind.StoreEffect, Sender = asker, Message = request, Number = _powerCycle, Order = (long)verdict });
    }

    /// <summary>A request takes effect and is answered.</summary>
    internal void TakeEffect(in SimulatedEvent what)
    {
        if (what.Number != _powerCycle)
        {
            return;
        }

        _world.Note(TraceEvent.StoreEffect, what.Sender, what.Message);
        var answer = (Verdict)what.Order == Verdict.Fail ? Unavailable(what.Message) : Do(what.Message);
        if ((Verdict)what.Order == Verdict.FailAfterEffect)
        {
            answer = Unavailable(what.Message);
        }

        if (answer.Kind == MessageKind.StoreFailed)
        {
            _world.Statistics.StoreFailures++;
        }

        _world.Network.Answer(SimulatedNetwork.StoreEndpoint, what.Sender!, answer);
    }

    private static Message Unavailable(in Message request) => Failed(request, Refusal.Unavailable, "the simulated store cannot be reached now");

    private static Message Failed(in Message request, Refusal refusal, string detail) =>
        request.Answer(MessageKind.StoreFailed, Recipient.Store, Recipient.StoreClient) with { Refusal = refusal, Detail = $"{request.Kind} was not done: {detail}." };

    private Message Do(in Message request)
    {
        if (_world.Ticks < _fullUntil && request.Kind is MessageKind.PutBlob or MessageKind.CommitManifest)
        {
            if (request.Kind == MessageKind.PutBlob)
            {
                _disk.CancelWrite(request.Hash);
            }

            return Failed(request, Refusal.Full, "the simulated store is full");
        }

        switch (request.Kind)
        {
            case MessageKind.PutBlob:
                _disk.EndWrite(request.Hash, request.Blob!);
                return request.Answer(MessageKind.BlobStored, Recipient.Store, Recipient.StoreClient) with { Hash = request.Hash };
            case MessageKind.GetBlob when _disk.Read(request.Hash) is null:
                return Failed(request, Refusal.Missing, $"blob {request.Hash} is not there");
            case MessageKind.GetBlob when !_disk.IsIntact(request.Hash):
                return Failed(request, Refusal.Damaged, $"blob {request.Hash} does not have the hash that it is named by");
            case MessageKind.GetBlob:
                return request.Answer(MessageKind.BlobRead, Recipient.Store, Recipient.StoreClient) with { Hash = request.Hash, Blob = _disk.Read(request.Hash) };
            case MessageKind.CommitManifest:
                return Commit(request);
            case MessageKind.ReadManifest:
                return request.Answer(MessageKind.ManifestRead, Recipient.Store, Recipient.StoreClient) with
                {
                    Body = request.Body is IReadOnlyList<RunManifest> unusable ? CommitRules.NewestBut(unusable, [.. _manifests.AsEnumerable().Reverse()]) : Newest,
                };
            default:
                return Failed(request, Refusal.Unfit, "a store does not understand it");
        }
    }

    private Message Commit(in Message request)
    {
        var manifest = (RunManifest)request.Body!;
        if (manifest.Term < NewestTerm.Value)
        {
            return Failed(request, Refusal.OlderTerm, $"the manifest is of term {manifest.Term}, the newest known is {NewestTerm.Value}");
        }

        foreach (var kept in _manifests)
        {
            if (kept.Term == manifest.Term && kept.Step == manifest.Step && kept.Blobs.SequenceEqual(manifest.Blobs))
            {
                return request.Answer(MessageKind.ManifestStored, Recipient.Store, Recipient.StoreClient); // asked again, maybe after newer ones: nothing goes back
            }
        }

        if (Newest is { } newest && manifest.Term == newest.Term && manifest.Step < newest.Step)
        {
            return Failed(request, Refusal.OutOfStep, $"the manifest is of step {manifest.Step}, the newest is of step {newest.Step}");
        }

        foreach (var blob in manifest.Blobs)
        {
            if (!_disk.WasStored(blob.Hash))
            {
                // Only the store's own check stands between this and a checkpoint with a hole: whoever sent it did not wait.
                _world.Invariants.ManifestTooEarly(manifest, blob);
            }

            if (!_disk.IsIntact(blob.Hash))
            {
                return Failed(request, Refusal.Missing, $"blob {blob.Hash} of {blob.Kind} '{blob.Name}' is not there, or damaged");
            }
        }

        _world.Invariants.ManifestAccepted(manifest);
        _manifests.RemoveAll(kept => kept.Step == manifest.Step); // it shares its blobs
        _manifests.Add(manifest);
        if (_manifests.Count > _world.Settings.ManifestsKept)
        {
            _manifests.RemoveAt(0);
        }

        _disk.Retire(_manifests);
        _world.Statistics.Manifests++;
        return request.Answer(MessageKind.ManifestStored, Recipient.Store, Recipient.StoreClient);
    }

    private void Trouble(TraceEvent what)
    {
        _world.Statistics.ServiceTroubles++;
        _world.Note(what);
    }

    private enum Verdict : long
    {
        Answer,
        Fail,
        FailAfterEffect,
    }
}
