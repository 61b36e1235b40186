using Tessera.Kernels.Digital;
using static Tessera.Kernels.Tests.Digital.DigitalSamples;

namespace Tessera.Kernels.Tests.Digital;

public class LearningRateSchedulesTests
{
    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(2, 0.1)]
    [InlineData(3, 0.05)]
    [InlineData(8, 0.025)]
    [InlineData(9, 0.0125)]
    public void StepLR_changes_every_step_size_epochs(int epoch, double expected) =>
        AssertClose(expected, LearningRateSchedules.StepLR(0.1f, epoch, 3, 0.5f), 1e-7, 0, "rate");

    [Theory]
    [InlineData(0, 0.2)]
    [InlineData(1, 0.18)]
    [InlineData(10, 0.0697356880)]
    public void ExponentialLR_changes_every_epoch(int epoch, double expected) =>
        AssertClose(expected, LearningRateSchedules.ExponentialLR(0.2f, epoch, 0.9f), 1e-6, 0, "rate");

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(5, 0.055)]
    [InlineData(10, 0.01)]
    [InlineData(12, 0.01)]
    [InlineData(2, 0.0914057648)] // 0.01 + 0.09 (1 + cos 36 degrees) / 2
    public void CosineAnnealingLR_is_half_a_cosine(int epoch, double expected) =>
        AssertClose(expected, LearningRateSchedules.CosineAnnealingLR(0.1f, epoch, 10, 0.01f), 1e-6, 0, "rate");

    [Fact]
    public void Impossible_arguments_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedules.StepLR(0.1f, -1, 3, 0.5f));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedules.StepLR(0.1f, 1, 0, 0.5f));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedules.CosineAnnealingLR(0.1f, 1, 0, 0f));
    }
}
