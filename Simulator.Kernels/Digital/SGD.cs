using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// Stochastic gradient descent for digital parameters, as torch.optim.SGD with dampening 0:
/// g += weight_decay * w; v = momentum * v + g; w -= lr * (nesterov ? g + momentum * v : v).
/// The velocity starts at zero, which makes the first one equal the gradient.
/// </summary>
/// <param name="LearningRate">Step size, 0 or more.</param>
/// <param name="Momentum">Share of the velocity that is kept, 0 to below 1. Default 0.</param>
/// <param name="WeightDecay">L2 penalty, 0 or more. Default 0.</param>
/// <param name="Nesterov">Looks one step of the velocity ahead; needs momentum. Default false.</param>
public readonly record struct SGD(float LearningRate, float Momentum = 0f, float WeightDecay = 0f, bool Nesterov = false)
{
    /// <summary>One step over an array; padding that is zero in all arrays stays zero.</summary>
    /// <param name="values">[length], changed; the length is a multiple of 16.</param>
    /// <param name="gradients">[length].</param>
    /// <param name="velocities">[length], changed; empty without momentum.</param>
    public void Step(Span<float> values, ReadOnlySpan<float> gradients, Span<float> velocities)
    {
        RequireUsable(values.Length, gradients.Length, velocities.Length);
        var decay = Vector512.Create(WeightDecay);
        var momentum = Vector512.Create(Momentum);
        var rate = Vector512.Create(-LearningRate);
        for (var i = 0; i < values.Length; i += Lanes.Count)
        {
            var w = Vector512.Create(values[i..]);
            var step = Vector512.FusedMultiplyAdd(decay, w, Vector512.Create(gradients[i..]));
            if (Momentum != 0f)
            {
                var velocity = Vector512.FusedMultiplyAdd(momentum, Vector512.Create<float>(velocities[i..]), step);
                velocity.CopyTo(velocities[i..]);
                step = Nesterov ? Vector512.FusedMultiplyAdd(momentum, velocity, step) : velocity;
            }

            Vector512.FusedMultiplyAdd(rate, step, w).CopyTo(values[i..]);
        }
    }

    private void RequireUsable(int values, int gradients, int velocities)
    {
        if (values % Lanes.Count != 0 || gradients != values || (Momentum != 0f && velocities != values))
        {
            throw new ArgumentException(
                $"Expected equal lengths that are multiples of {Lanes.Count}, got {values} values, {gradients} gradients and {velocities} velocities.");
        }

        if (Nesterov && Momentum == 0f)
        {
            throw new ArgumentException("Nesterov momentum needs a momentum above 0; set momentum or turn nesterov off.");
        }
    }
}
