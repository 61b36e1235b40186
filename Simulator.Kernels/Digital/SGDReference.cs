namespace Tessera.Kernels.Digital;

/// <summary>The scalar form of <see cref="SGD"/>, with the same fused operations.</summary>
public static class SGDReference
{
    /// <summary>One step over arrays of any equal length.</summary>
    public static void Step(in SGD optimizer, Span<float> values, ReadOnlySpan<float> gradients, Span<float> velocities)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var step = MathF.FusedMultiplyAdd(optimizer.WeightDecay, values[i], gradients[i]);
            if (optimizer.Momentum != 0f)
            {
                velocities[i] = MathF.FusedMultiplyAdd(optimizer.Momentum, velocities[i], step);
                step = optimizer.Nesterov ? MathF.FusedMultiplyAdd(optimizer.Momentum, velocities[i], step) : velocities[i];
            }

            values[i] = MathF.FusedMultiplyAdd(-optimizer.LearningRate, step, values[i]);
        }
    }
}
