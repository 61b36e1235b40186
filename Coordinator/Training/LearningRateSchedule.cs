using Tessera.Coordination.Experiments;

namespace Tessera.Coordination.Training;

/// <summary>
/// The learning rate of an epoch as a pure function of the epoch, by the closed forms of torch.optim.lr_scheduler. Powers are repeated products and the
/// cosine is computed in double precision by its series, so that all processors agree.
/// </summary>
public static class LearningRateSchedule
{
    /// <summary>Learning rate.</summary>
    /// <param name="training">Base rate, epochs and schedule.</param>
    /// <param name="epoch">Pass over the data, from 0.</param>
    public static float Of(TrainingConfig training, int epoch)
    {
        var schedule = training.Schedule;
        double rate = training.LearningRate;
        return (float)(schedule.Type switch
        {
            ScheduleKind.Constant => rate,
            ScheduleKind.StepLR => rate * Power(schedule.Gamma, epoch / schedule.StepSize),
            ScheduleKind.ExponentialLR => rate * Power(schedule.Gamma, epoch),
            ScheduleKind.CosineAnnealingLR => schedule.EtaMin + ((rate - schedule.EtaMin) * (1 + CosPi((double)epoch / training.Epochs)) / 2),
            _ => throw new TrainingException($"Schedule {schedule.Type} is not known; expected Constant, StepLR, ExponentialLR or CosineAnnealingLR."),
        });
    }

    private static double Power(double factor, int exponent)
    {
        var power = 1.0;
        for (var i = 0; i < exponent; i++)
        {
            power *= factor;
        }

        return power;
    }

    /// <summary>cos(pi t) for t in [0, 1], error below 1e-15: reflected to [0, 1/2], then the power series.</summary>
    private static double CosPi(double t)
    {
        var isReflected = t > 0.5;
        var angle = Math.PI * (isReflected ? 1 - t : t);
        var square = angle * angle;
        var term = 1.0;
        var sum = 1.0;
        for (var k = 1; k <= 12; k++)
        {
            term *= -square / ((2 * k) * ((2 * k) - 1));
            sum += term;
        }

        return isReflected ? -sum : sum;
    }
}
