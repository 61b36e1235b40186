using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tiles;

/// <summary>
/// The rules of an input range, one number at a time (spec forward, section 11). <see cref="InputRange"/> gives the same bits. Sums of a sample run in
/// 16 chains (lane = input mod 16) and the tree of strides 8, 4, 2, 1; samples follow each other in one chain.
/// </summary>
public static class InputRangeReference
{
    /// <summary>clip(x, +-range) / range.</summary>
    public static float Normalised(float x, float range) => MathF.Max(MathF.Min(x, range), -range) / range;

    /// <summary>The unbiased standard deviation of all inputs of a mini-batch; NaN for a single one.</summary>
    /// <param name="x">[batch, inSize].</param>
    /// <param name="inSize">Inputs of a sample.</param>
    public static float Deviation(ReadOnlySpan<float> x, int inSize)
    {
        var (sum, squares) = (0.0f, 0.0f);
        for (var sample = 0; sample < x.Length; sample += inSize)
        {
            sum += Fold(x.Slice(sample, inSize), static (value, _, lane) => lane + value, 0);
        }

        var mean = sum / x.Length;
        for (var sample = 0; sample < x.Length; sample += inSize)
        {
            squares += Fold(x.Slice(sample, inSize), static (value, mean, lane) => MathF.FusedMultiplyAdd(value - mean, value - mean, lane), mean);
        }

        return MathF.Sqrt(squares / (x.Length - 1));
    }

    /// <summary>The gradient of the range.</summary>
    /// <param name="parameter">Rules.</param>
    /// <param name="x">[batch, inSize] inputs of the tile.</param>
    /// <param name="g">[batch, inSize] gradients at the input.</param>
    /// <param name="inSize">Inputs of a sample.</param>
    /// <param name="range">The range that the reads used.</param>
    /// <param name="clippedOutputs">Outputs of the mini-batch that sat at their bound.</param>
    public static float Gradient(
        InputRangeParameter parameter, ReadOnlySpan<float> x, ReadOnlySpan<float> g, int inSize, float range, long clippedOutputs)
    {
        var (sum, inside) = (0.0f, 0L);
        Span<float> lanes = stackalloc float[Lanes.Count];
        for (var sample = 0; sample < x.Length; sample += inSize)
        {
            lanes.Clear();
            for (var j = sample; j < sample + inSize; j++)
            {
                lanes[(j - sample) % Lanes.Count] += Contribution(x[j], g[j], range);
                inside += MathF.Abs(x[j]) < range ? 1 : 0;
            }

            sum += LaneFold.Sum(lanes);
        }

        return Complete(parameter, sum, range, inside / (float)x.Length, clippedOutputs / (float)x.Length);
    }

    /// <summary>What a clipped input with gradient g wants of the range: only a larger one.</summary>
    internal static float Contribution(float x, float g, float range) => x >= range && g < 0 ? g : x <= -range && g > 0 ? -g : 0;

    /// <summary>Scale, growth where outputs clip and decay where inputs do not.</summary>
    internal static float Complete(InputRangeParameter parameter, float sum, float range, float inside, float clipped)
    {
        var gradient = parameter.GradientRelative ? sum * (range * parameter.GradientScale) : sum;
        if (parameter.ManageOutputClipping && 1.0f - clipped < parameter.OutputMinPercentage)
        {
            gradient = MathF.FusedMultiplyAdd(-clipped, range, gradient);
        }

        return parameter.Decay > 0 && inside > parameter.InputMinPercentage ? MathF.FusedMultiplyAdd(parameter.Decay, range, gradient) : gradient;
    }

    private static float Fold(ReadOnlySpan<float> row, Func<float, float, float, float> step, float argument)
    {
        Span<float> lanes = stackalloc float[Lanes.Count];
        lanes.Clear();
        for (var j = 0; j < row.Length; j++)
        {
            lanes[j % Lanes.Count] = step(row[j], argument, lanes[j % Lanes.Count]);
        }

        return LaneFold.Sum(lanes);
    }
}
