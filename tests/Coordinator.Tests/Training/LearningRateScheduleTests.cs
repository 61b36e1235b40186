using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;

namespace Tessera.Coordination.Tests.Training;

public class LearningRateScheduleTests
{
    [Theory]
    [InlineData(ScheduleKind.Constant, 7, 0.2)]
    [InlineData(ScheduleKind.StepLR, 2, 0.2)]
    [InlineData(ScheduleKind.StepLR, 3, 0.1)]
    [InlineData(ScheduleKind.StepLR, 7, 0.05)]
    [InlineData(ScheduleKind.ExponentialLR, 0, 0.2)]
    [InlineData(ScheduleKind.ExponentialLR, 3, 0.025)]
    [InlineData(ScheduleKind.CosineAnnealingLR, 0, 0.2)]
    [InlineData(ScheduleKind.CosineAnnealingLR, 2, 0.02 + (0.18 * 0.85355339059327376))]
    [InlineData(ScheduleKind.CosineAnnealingLR, 4, 0.11)]
    [InlineData(ScheduleKind.CosineAnnealingLR, 6, 0.02 + (0.18 * 0.14644660940672624))]
    public void The_rates_are_pytorchs(ScheduleKind kind, int epoch, double expected)
    {
        var training = new TrainingConfig
        {
            Epochs = 8,
            LearningRate = 0.2f,
            Schedule = new ScheduleConfig { Type = kind, StepSize = 3, Gamma = 0.5f, EtaMin = 0.02f },
        };

        Assert.Equal(expected, LearningRateSchedule.Of(training, epoch), 1e-8);
    }
}
