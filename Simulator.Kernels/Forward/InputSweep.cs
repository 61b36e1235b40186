using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Forward;

/// <summary>
/// Vector passes over one input vector while it lies in the first-level cache: copy and measure, then scale, quantise, clip and disturb in
/// place. Rows are padded to whole vectors; the padding is zero before and after.
/// </summary>
internal static unsafe class InputSweep
{
    /// <summary>Copies a vector into its padded row and returns its largest magnitude; with a bias column the last value is the constant 1.</summary>
    /// <param name="x">[width] input.</param>
    /// <param name="width">Values given: <paramref name="size"/>, or one less with a bias column.</param>
    /// <param name="row">[stride] destination, 64-byte aligned.</param>
    /// <param name="size">Inputs of the crossbar.</param>
    /// <param name="stride">Padded size.</param>
    public static float CopyAndMeasure(float* x, int width, float* row, int size, int stride)
    {
        var largest = Vector512<float>.Zero;
        var column = 0;
        for (; column + Lanes.Count <= width; column += Lanes.Count)
        {
            var values = Vector512.Load(x + column);
            values.Store(row + column);
            largest = Vector512.MaxNative(largest, Vector512.Abs(values));
        }

        if (column < stride)
        {
            Vector512<float>.Zero.Store(row + column);
            for (var tail = column; tail < width; tail++)
            {
                row[tail] = x[tail];
            }

            if (width < size)
            {
                row[width] = 1.0f;
            }

            largest = Vector512.MaxNative(largest, Vector512.Abs(Vector512.Load(row + column)));
        }

        return LaneFold.Max(largest);
    }

    /// <summary>
    /// Measures the signed maximum and the sums of the positive and of the negative values. Each sum is 16 chains (lane = column mod 16) in
    /// ascending column order and the tree of <see cref="LaneFold"/>.
    /// </summary>
    public static InputExtremes Measure(float* row, int size, int stride, float absMax)
    {
        var positive = Vector512<float>.Zero;
        var negative = Vector512<float>.Zero;
        var max = float.NegativeInfinity;
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            var values = Vector512.Load(row + column);
            positive += Vector512.MaxNative(values, Vector512<float>.Zero);
            negative += Vector512.MinNative(values, Vector512<float>.Zero);
        }

        for (var column = 0; column < size; column++)
        {
            max = MathF.Max(max, row[column]);
        }

        return new InputExtremes(absMax, max, LaneFold.Sum(positive), LaneFold.Sum(negative));
    }

    /// <summary>DAC without randomness: scale, quantise (half to even), clip, asymmetry.</summary>
    public static void Convert(ConverterSettings settings, float scale, float* row, int stride)
    {
        var factor = Vector512.Create(scale);
        var bound = Vector512.Create(settings.InputBound);
        var negativeFactor = Vector512.Create(settings.InputNegativeFactor);
        var quantises = settings.InputStep > 0;
        var step = Vector512.Create(settings.InputStep);
        var inverse = Vector512.Create(settings.InputStepInverse);
        var limit = Vector512.Create(settings.InputLimit);
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            var values = Vector512.Load(row + column) * factor;
            if (quantises)
            {
                values = step * Vector512.Round(Levels(values, step, inverse, limit));
            }

            values = Vector512.MaxNative(Vector512.MinNative(values, bound), -bound);
            Asymmetry(values, negativeFactor).Store(row + column);
        }
    }

    /// <summary>DAC with stochastic rounding or input noise. Both draws are one value per input, held in padded rows.</summary>
    /// <param name="settings">Constants of the pass.</param>
    /// <param name="scale">Factor on the input.</param>
    /// <param name="row">[stride] values, changed in place.</param>
    /// <param name="size">Inputs of the crossbar.</param>
    /// <param name="stride">Padded size.</param>
    /// <param name="dither">[stride] uniforms in [0, 1), or null without stochastic rounding.</param>
    /// <param name="normals">[stride] standard normals, or null without input noise.</param>
    public static void ConvertWithNoise(ConverterSettings settings, float scale, float* row, int size, int stride, float* dither, float* normals)
    {
        var factor = Vector512.Create(scale);
        var bound = Vector512.Create(settings.InputBound);
        var negativeFactor = Vector512.Create(settings.InputNegativeFactor);
        var noise = Vector512.Create(settings.InputNoise);
        var step = Vector512.Create(settings.InputStep);
        var inverse = Vector512.Create(settings.InputStepInverse);
        var limit = Vector512.Create(settings.InputLimit);
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            var values = Vector512.Load(row + column) * factor;
            if (settings.InputStep > 0)
            {
                var levels = Levels(values, step, inverse, limit);
                levels = dither is null ? levels : levels + (Vector512.Load(dither + column) - Vector512.Create(0.5f));
                values = step * Vector512.Round(levels);
            }

            values = Vector512.MaxNative(Vector512.MinNative(values, bound), -bound);
            values = normals is null ? values : Vector512.FusedMultiplyAdd(noise, Vector512.Load(normals + column), values);
            Asymmetry(values, negativeFactor).Store(row + column);
        }

        // Dither and noise also fell on the padding, which every product relies on being zero.
        new Span<float>(row + size, stride - size).Clear();
    }

    /// <summary>Sum: 16 chains (lane = column mod 16) and the tree of <see cref="LaneFold"/>.</summary>
    public static float Sum(float* row, int stride)
    {
        var sum = Vector512<float>.Zero;
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            sum += Vector512.Load(row + column);
        }

        return LaneFold.Sum(sum);
    }

    /// <summary>Sum of magnitudes, in the order of <see cref="Sum"/>.</summary>
    public static float AbsSum(float* row, int stride)
    {
        var sum = Vector512<float>.Zero;
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            sum += Vector512.Abs(Vector512.Load(row + column));
        }

        return LaneFold.Sum(sum);
    }

    /// <summary>Sum of squares: 16 fma chains (lane = column mod 16) and the tree of <see cref="LaneFold"/>.</summary>
    public static float SquaredNorm(float* row, int stride)
    {
        var sum = Vector512<float>.Zero;
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            var values = Vector512.Load(row + column);
            sum = Vector512.FusedMultiplyAdd(values, values, sum);
        }

        return LaneFold.Sum(sum);
    }

    /// <summary>
    /// values / step by the rounded inverse and one correction, which costs a third of a division and differs from it by at most one unit in
    /// the last place. Values far outside are cut first: they clip after the rounding anyway, and must not overflow the correction.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Levels(Vector512<float> values, Vector512<float> step, Vector512<float> inverse, Vector512<float> limit)
    {
        values = Vector512.MaxNative(Vector512.MinNative(values, limit), -limit);
        var quotient = values * inverse;
        return Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(-quotient, step, values), inverse, quotient);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Asymmetry(Vector512<float> values, Vector512<float> negativeFactor) =>
        Vector512.ConditionalSelect(Vector512.LessThan(values, Vector512<float>.Zero), values * negativeFactor, values);
}
