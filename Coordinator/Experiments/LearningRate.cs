using Tessera.Kernels.Digital;

namespace Tessera.Coordination.Experiments;

/// <summary>The learning rate that a training configuration asks for.</summary>
public static class LearningRate
{
    /// <summary>Learning rate of an epoch: a pure function of the configuration and the epoch.</summary>
    /// <param name="config">Optimisation of the run.</param>
    /// <param name="epoch">Pass over the data, 0 or more.</param>
    public static float At(TrainingConfig config, int epoch) => config.Schedule.Type switch
    {
        ScheduleKind.Constant => config.LearningRate,
        ScheduleKind.StepLR => LearningRateSchedules.StepLR(config.LearningRate, epoch, config.Schedule.StepSize, config.Schedule.Gamma),
        ScheduleKind.ExponentialLR => LearningRateSchedules.ExponentialLR(config.LearningRate, epoch, config.Schedule.Gamma),
        ScheduleKind.CosineAnnealingLR =>
            LearningRateSchedules.CosineAnnealingLR(config.LearningRate, epoch, config.Epochs, config.Schedule.EtaMin),
        _ => throw new ArgumentOutOfRangeException(nameof(config), config.Schedule.Type, "Unknown schedule."),
    };
}
