using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// Learning rates as functions of the epoch alone, named as in torch.optim.lr_scheduler. PyTorch multiplies from epoch to epoch; these
/// closed forms need no state, so that a resumed run has the rates of an uninterrupted one.
/// </summary>
public static class LearningRateSchedules
{
    /// <summary>StepLR: rate * gamma^(epoch / stepSize), the quotient rounded down.</summary>
    /// <param name="rate">Learning rate of epoch 0.</param>
    /// <param name="epoch">Pass over the data, 0 or more.</param>
    /// <param name="stepSize">Epochs between two changes, 1 or more.</param>
    /// <param name="gamma">Factor of a change.</param>
    public static float StepLR(float rate, int epoch, int stepSize, float gamma)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stepSize);
        return (float)(rate * Power(gamma, epoch / stepSize));
    }

    /// <summary>ExponentialLR: rate * gamma^epoch.</summary>
    /// <param name="rate">Learning rate of epoch 0.</param>
    /// <param name="epoch">Pass over the data, 0 or more.</param>
    /// <param name="gamma">Factor per epoch.</param>
    public static float ExponentialLR(float rate, int epoch, float gamma)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        return (float)(rate * Power(gamma, epoch));
    }

    /// <summary>
    /// CosineAnnealingLR: etaMin + (rate - etaMin) (1 + cos(pi epoch / epochs)) / 2, with T_max the number of epochs of the run. From there
    /// on the rate stays at etaMin.
    /// </summary>
    /// <param name="rate">Learning rate of epoch 0.</param>
    /// <param name="epoch">Pass over the data, 0 or more.</param>
    /// <param name="epochs">Epochs of the run, 1 or more.</param>
    /// <param name="etaMin">Last learning rate.</param>
    public static float CosineAnnealingLR(float rate, int epoch, int epochs, float etaMin)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epochs);
        var angle = Math.Min(epoch, epochs) * Math.PI / epochs;
        return (float)(etaMin + ((rate - etaMin) * 0.5 * (1.0 + ScalarMath.Cos((float)angle))));
    }

    /// <summary>A whole power by repeated multiplication in double precision, ascending.</summary>
    private static double Power(double factor, int exponent)
    {
        var power = 1.0;
        for (var i = 0; i < exponent; i++)
        {
            power *= factor;
        }

        return power;
    }
}
