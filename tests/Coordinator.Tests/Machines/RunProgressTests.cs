using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Machines;
using Tessera.Coordination.Tests.Support;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Tests.Machines;

public class RunProgressTests
{
    private const int Samples = 23;
    private const int Batch = 10;
    private static readonly SampleSet Set = TinySamples.Pair(Samples, 1, Networks.Features, Networks.Classes).Train;

    [Fact]
    public void Everything_follows_from_the_step()
    {
        var progress = Create();
        var order = new int[Samples];
        var batch = new SampleBatch(Batch, Networks.Features);
        Assert.Equal((3, 9L), (progress.StepsPerEpoch, progress.StepsTotal));
        Assert.Equal((1, 0, false), (progress.Epoch, progress.SamplesDone, progress.IsEpochEnd));
        for (var step = 0; step < 9; step++)
        {
            var (epoch, place) = (step / 3, step % 3);
            EpochOrder.Fill(7, epoch, order);
            Assert.False(progress.IsFinished);
            Assert.Equal(epoch == 0 ? 0.5f : epoch == 1 ? 0.05f : 0.005f, progress.NextLearningRate, 1e-6f);

            progress.FillNext(batch);
            progress.Complete(step);

            Assert.Equal(order.Skip(place * Batch).Take(Batch).Select(Set.Label), batch.Labels.Take(batch.Count));
            Assert.Equal((ulong)step + 1, progress.Step.Value);
            Assert.Equal((epoch + 1, place == 2 ? Samples : (place + 1) * Batch), (progress.Epoch, progress.SamplesDone));
            Assert.Equal(place == 2, progress.IsEpochEnd);
        }

        Assert.True(progress.IsFinished);
    }

    [Fact]
    public void A_run_that_goes_back_sees_the_same_samples_again()
    {
        var progress = Create();
        var labels = new List<int[]>();
        for (var step = 0; step < 9; step++)
        {
            labels.Add(Next(progress));
        }

        foreach (var back in new ulong[] { 8, 3, 0 })
        {
            progress.ReturnTo(new StepId(back));
            for (var step = (int)back; step < 9; step++)
            {
                Assert.Equal(labels[step], Next(progress));
            }
        }
    }

    [Fact]
    public void The_mean_loss_of_an_epoch_weighs_steps_by_their_samples()
    {
        var progress = Create();
        progress.Load([100f, 100f, 100f, 1f, 2f, 3f]);

        Assert.Equal(((1 * 10) + (2 * 10) + (3 * 3)) / 23.0, progress.MeanLossOfEpoch());
        Assert.Equal([100f, 100f, 100f, 1f, 2f, 3f], progress.Losses.ToArray());
    }

    private static int[] Next(RunProgress progress)
    {
        var batch = new SampleBatch(Batch, Networks.Features);
        progress.FillNext(batch);
        progress.Complete(progress.Step.Value);
        return [.. batch.Labels.Take(batch.Count)];
    }

    private static RunProgress Create() => new(
        7,
        new TrainingConfig { Epochs = 3, LearningRate = 0.5f, Schedule = new ScheduleConfig { Type = ScheduleKind.ExponentialLR, Gamma = 0.1f } },
        Set,
        Batch);
}
