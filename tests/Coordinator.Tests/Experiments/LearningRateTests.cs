using Tessera.Coordination.Experiments;

namespace Tessera.Coordination.Tests.Experiments;

public class LearningRateTests
{
    [Theory]
    [InlineData(ScheduleKind.Constant, 0.1, 0.1, 0.1)]
    [InlineData(ScheduleKind.StepLR, 0.1, 0.05, 0.0125)]
    [InlineData(ScheduleKind.ExponentialLR, 0.1, 0.025, 0.0015625)]
    [InlineData(ScheduleKind.CosineAnnealingLR, 0.1, 0.0882842712, 0.0317157288)] // 0.02 + 0.08 (1 + cos) / 2 of 45 and 135 degrees
    public void The_rate_follows_the_configured_schedule(ScheduleKind kind, double first, double third, double seventh)
    {
        var config = new TrainingConfig
        {
            LearningRate = 0.1f,
            Epochs = 8,
            Schedule = new ScheduleConfig { Type = kind, StepSize = 2, Gamma = 0.5f, EtaMin = 0.02f },
        };
        Assert.Equal(first, LearningRate.At(config, 0), 1e-7);
        Assert.Equal(third, LearningRate.At(config, 2), 1e-7);
        Assert.Equal(seventh, LearningRate.At(config, 6), 1e-7);
    }
}
