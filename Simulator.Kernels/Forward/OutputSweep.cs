using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Forward;

/// <summary>
/// The vector pass over one product: asymmetry, output noise, ADC and scale in one sweep, with the normals made in registers. All rows are
/// padded; padding lanes hold a product and a noise strength of zero, so they never clip. The loops hold no call, since a call makes the
/// compiler spill every vector.
/// </summary>
internal static unsafe class OutputSweep
{
    /// <summary>Finishes a row with additive Gaussian noise and returns the largest magnitude before the clip.</summary>
    /// <param name="adc">Constants of the pass.</param>
    /// <param name="product">[stride] analog sums.</param>
    /// <param name="stride">Padded outputs.</param>
    /// <param name="noise">[stride] standard deviation of the noise of each output.</param>
    /// <param name="dither">[stride] uniforms for stochastic rounding, or null.</param>
    /// <param name="key">Key of the output noise.</param>
    /// <param name="at">Address of this vector and round.</param>
    /// <param name="row">Phase of the read-out in the address, 0 for the only one.</param>
    /// <param name="result">[stride] destination; may be <paramref name="product"/>.</param>
    public static float WithNoise(
        in AdcConstants adc, float* product, int stride, float* noise, float* dither, RandomKey key, in DrawAddress at, int row, float* result)
    {
        var largest = Vector512<float>.Zero;
        var state = stackalloc uint[PhiloxRow.StateLength];
        var words = stackalloc uint[PhiloxRow.BlockColumns];
        PhiloxRow.Start(key, at, state);
        for (var first = 0; first < stride; first += PhiloxRow.BlockColumns)
        {
            PhiloxRow.Block(state, PhiloxRow.Cell(row, first), out var w0, out var w1, out var w2, out var w3);
            w0.Store(words);
            w1.Store(words + Lanes.Count);
            w2.Store(words + (2 * Lanes.Count));
            w3.Store(words + (3 * Lanes.Count));

            // The words pass through memory so that the body below exists once: four copies exceed what the compiler is willing to inline.
            var end = Math.Min(first + PhiloxRow.BlockColumns, stride);
            for (var column = first; column < end; column += Lanes.Count)
            {
                var values = Asymmetry(in adc, product + column);
                values = Vector512.FusedMultiplyAdd(Vector512.Load(noise + column), NormalLanes.FromWord(Vector512.Load(words + column - first)), values);
                values = Quantise(in adc, values, dither is null ? null : dither + column);
                largest = Vector512.MaxNative(largest, Vector512.Abs(values));
                ClipAndScale(in adc, values).Store(result + column);
            }
        }

        return LaneFold.Max(largest);
    }

    /// <summary>Finishes a row without noise; parameters as of <see cref="WithNoise"/>.</summary>
    public static float WithoutNoise(in AdcConstants adc, float* product, int stride, float* dither, float* result)
    {
        var largest = Vector512<float>.Zero;
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            var values = Quantise(in adc, Asymmetry(in adc, product + column), dither is null ? null : dither + column);
            largest = Vector512.MaxNative(largest, Vector512.Abs(values));
            ClipAndScale(in adc, values).Store(result + column);
        }

        return LaneFold.Max(largest);
    }

    /// <summary>
    /// Clips and scales a row that was finished without a bound, and tells whether the last output that hit a bound, in row order, hit the
    /// positive one: the CPU engine's rule where the negative bound is not tested (spec forward, section 8).
    /// </summary>
    public static bool ClipByLastHit(float bound, float factor, float* values, int size)
    {
        var lastHitWasPositive = false;
        for (var i = 0; i < size; i++)
        {
            var value = values[i];
            if (MathF.Abs(value) > bound)
            {
                lastHitWasPositive = value > 0;
                value = lastHitWasPositive ? bound : -bound;
            }

            values[i] = value * factor;
        }

        return lastHitWasPositive;
    }

    /// <summary>Adds a phase to the sum of a read-out: total + weight * values, fused.</summary>
    public static void Accumulate(float weight, float* values, int stride, float* total)
    {
        var factor = Vector512.Create(weight);
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            Vector512.FusedMultiplyAdd(factor, Vector512.Load(values + column), Vector512.Load(total + column)).Store(total + column);
        }
    }

    /// <summary>Exact product times the fixed scale.</summary>
    public static void Perfect(float* product, int stride, float factor, float* result)
    {
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            (Vector512.Load(product + column) * Vector512.Create(factor)).Store(result + column);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Asymmetry(in AdcConstants adc, float* product)
    {
        var values = Vector512.Load(product);
        return Vector512.ConditionalSelect(Vector512.LessThan(values, Vector512<float>.Zero), values * adc.NegativeFactor, values);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Quantise(in AdcConstants adc, Vector512<float> values, float* dither)
    {
        if (!adc.Quantises)
        {
            return values;
        }

        var levels = values / adc.Step;
        if (dither is not null)
        {
            levels += Vector512.Load(dither) - Vector512.Create(0.5f);
        }

        return adc.Step * Vector512.Round(levels);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ClipAndScale(in AdcConstants adc, Vector512<float> values) =>
        Vector512.MaxNative(Vector512.MinNative(values, adc.Bound), -adc.Bound) * adc.Factor;
}

/// <summary>Constants of one output sweep, broadcast.</summary>
internal readonly struct AdcConstants
{
    public readonly Vector512<float> Step;
    public readonly Vector512<float> Bound;
    public readonly Vector512<float> NegativeFactor;
    public readonly Vector512<float> Factor;
    public readonly bool Quantises;

    /// <param name="settings">Constants of the pass.</param>
    /// <param name="bound">Clip range; infinite where the clip follows later.</param>
    /// <param name="factor">out_scale / s; 1 where the scale follows later.</param>
    public AdcConstants(ConverterSettings settings, float bound, float factor)
    {
        Step = Vector512.Create(settings.OutputStep);
        Bound = Vector512.Create(bound);
        NegativeFactor = Vector512.Create(settings.OutputNegativeFactor);
        Factor = Vector512.Create(factor);
        Quantises = settings.OutputStep > 0;
    }
}
