using Tessera.Actors.Simulation;
using Tessera.Actors.Tests.Simulation.Toys;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Simulation;

public class SimulatedStoreTests
{
    private static readonly byte[] Old = ToyService.Blob(1, 1f);
    private static readonly byte[] New = ToyService.Blob(2, 2f);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void Blobs_and_manifests_come_back_as_they_were_put_and_answers_echo_the_question()
    {
        using var service = new ToyService();
        var stored = service.AskPut(Old);
        Assert.Equal((MessageKind.BlobStored, BlobHash.Of(Old), 1UL), (stored.Kind, stored.Hash, stored.Operation));
        Assert.Equal((new TileId(3), new StepId(9), Recipient.StoreClient), (stored.Tile, stored.Step, stored.To));
        Assert.Equal(Old, service.AskGet(Old).Blob);
        Assert.Null(service.Ask(MessageKind.ReadManifest).Body);
        Assert.Equal(MessageKind.ManifestStored, service.AskCommit(ToyService.Manifest(1, 1, Old)).Kind);
        Assert.Equal(1UL, ((RunManifest)service.Ask(MessageKind.ReadManifest).Body!).Step);
        Assert.Equal(Refusal.Missing, service.AskGet(New).Refusal);
    }

    [Fact]
    public void A_manifest_whose_blob_is_missing_or_damaged_is_refused()
    {
        using var service = new ToyService();
        service.AskPut(Old);
        Assert.Equal(Refusal.Missing, service.AskCommit(ToyService.Manifest(1, 1, Old, New)).Refusal);
        Assert.True(service.World.Store.Damage(BlobHash.Of(Old)));
        Assert.Equal(Refusal.Missing, service.AskCommit(ToyService.Manifest(1, 1, Old)).Refusal);
        Assert.Null(service.World.Store.Newest);
        Assert.Equal(Refusal.Damaged, service.AskGet(Old).Refusal);
        service.AskPut(Old);
        Assert.Equal(MessageKind.ManifestStored, service.AskCommit(ToyService.Manifest(1, 1, Old)).Kind);
    }

    [Fact]
    public void A_manifest_of_an_older_term_than_the_newest_granted_is_refused()
    {
        using var service = new ToyService();
        service.AskPut(Old);
        service.Ask(MessageKind.Lead);
        service.Ask(MessageKind.Lead);
        Assert.Equal(new Term(2), service.World.Store.NewestTerm);
        Assert.Equal(Refusal.OlderTerm, service.AskCommit(ToyService.Manifest(1, 1, Old)).Refusal);
        Assert.Equal(MessageKind.ManifestStored, service.AskCommit(ToyService.Manifest(2, 1, Old)).Kind);
    }

    [Fact]
    public void A_manifest_that_comes_again_after_a_newer_one_changes_nothing()
    {
        using var service = new ToyService();
        service.AskPut(Old);
        service.AskPut(New);
        service.AskCommit(ToyService.Manifest(1, 1, Old));
        service.AskCommit(ToyService.Manifest(1, 2, New));
        Assert.Equal(MessageKind.ManifestStored, service.AskCommit(ToyService.Manifest(1, 1, Old)).Kind);
        Assert.Equal(Refusal.OutOfStep, service.AskCommit(ToyService.Manifest(1, 0, Old)).Refusal);
        Assert.Equal(2UL, service.World.Store.Newest!.Step);
    }

    [Fact]
    public void Kept_manifests_keep_their_blobs_and_others_go_unless_put_since()
    {
        using var service = new ToyService();
        var blobs = Enumerable.Range(1, 5).Select(step => ToyService.Blob((ulong)step, step)).ToArray();
        var orphan = ToyService.Blob(77, 7f);
        service.AskPut(orphan);
        for (var step = 1; step <= 4; step++)
        {
            service.AskPut(blobs[step - 1]);
            service.AskPut(blobs[step]); // of the checkpoint after this one
            Assert.Equal(MessageKind.ManifestStored, service.AskCommit(ToyService.Manifest(1, (ulong)step, blobs[step - 1])).Kind);
            Assert.Equal(MessageKind.ManifestStored, service.AskCommit(ToyService.Manifest(1, (ulong)step, blobs[step - 1])).Kind);
            Assert.True(service.World.Store.IsIntact(BlobHash.Of(blobs[step])));
        }

        Assert.Equal([3UL, 4UL], service.World.Store.Manifests.Select(manifest => manifest.Step));
        Assert.Equal(3, service.World.Store.BlobCount);
        Assert.Equal(Refusal.Missing, service.AskGet(orphan).Refusal);
    }

    [Fact]
    public void A_loss_of_power_drops_or_tears_what_was_not_answered_and_nothing_else()
    {
        var (dropped, torn) = (0, 0);
        for (var seed = 1UL; seed <= 40; seed++)
        {
            using var service = new ToyService(seed: seed);
            service.AskPut(Old);
            service.Answers.Clear();
            service.World.Store.SlowFor(TimeSpan.FromSeconds(1));
            service.Put(New);
            service.World.RunFor(TimeSpan.FromMilliseconds(2));
            service.World.Store.LosePower(Short);
            service.World.RunFor(TimeSpan.FromSeconds(2));
            Assert.Empty(service.Answers);
            Assert.Equal(Old, service.AskGet(Old).Blob);
            var refusal = service.AskGet(New).Refusal;
            dropped += refusal == Refusal.Missing ? 1 : 0;
            torn += refusal == Refusal.Damaged ? 1 : 0;
            Assert.Equal(MessageKind.BlobStored, service.AskPut(New).Kind);
            Assert.Equal(New, service.AskGet(New).Blob);
        }

        Assert.Equal(40, dropped + torn);
        Assert.InRange(torn, 5, 35);
    }

    [Fact]
    public void A_full_store_refuses_to_write_still_reads_and_recovers()
    {
        using var service = new ToyService();
        service.AskPut(Old);
        service.World.Store.FillFor(Short);
        Assert.Equal(Refusal.Full, service.AskPut(New).Refusal);
        Assert.Equal(Old, service.AskGet(Old).Blob);
        service.World.RunFor(Short);
        Assert.Equal(MessageKind.BlobStored, service.AskPut(New).Kind);
    }

    [Fact]
    public void A_failure_may_have_taken_effect_and_an_answer_may_be_lost()
    {
        var (done, notDone) = (0, 0);
        for (var seed = 1UL; seed <= 40; seed++)
        {
            using var service = new ToyService(SimulationFaults.None with { StoreFailureChance = SimulationRandom.Certain }, seed: seed);
            Assert.Equal(Refusal.Unavailable, service.AskPut(Old).Refusal);
            _ = service.World.Store.IsIntact(BlobHash.Of(Old)) ? done++ : notDone++;
        }

        Assert.True(done > 2 && notDone > 2);
        (done, notDone) = (0, 0);
        for (var seed = 1UL; seed <= 40; seed++)
        {
            using var service = new ToyService(SimulationFaults.None with { ServiceDropChance = SimulationRandom.Certain / 2 }, seed: seed);
            service.Put(Old);
            service.World.RunFor(Short);
            if (service.Answers.Count == 0)
            {
                _ = service.World.Store.IsIntact(BlobHash.Of(Old)) ? done++ : notDone++;
            }
        }

        Assert.True(done > 2 && notDone > 2);
    }

    [Fact]
    public void A_slow_store_answers_late()
    {
        using var service = new ToyService();
        service.World.Store.SlowFor(TimeSpan.FromSeconds(10));
        service.Put(Old);
        service.World.RunFor(TimeSpan.FromMilliseconds(2));
        Assert.Empty(service.Answers);
        service.World.RunFor(TimeSpan.FromMilliseconds(200));
        Assert.Single(service.Answers);
    }
}
