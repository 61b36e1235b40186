using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// The sum of n_up up and n_down down pulses of a constant-step cell in one go: w + up n_up - down n_down + sigma sqrt(up^2 n_up + down^2
/// n_down) xi. A sum of independent normals is normal, so this has exactly the law of pulse by pulse, provided that no order of the pulses
/// could touch a bound on the way; <see cref="Fits(float, float, float, float, float, float, float, float, float)"/> decides that from the largest normal that the generator can give.
/// </summary>
internal static class PulseSum
{
    /// <summary>
    /// No draw of the generator comes near this magnitude (the largest is <see cref="NormalReference.Largest"/>), so that the rounding of the sum cannot
    /// carry a weight over a bound that the exact path stays away from.
    /// </summary>
    internal const float NormalMax = 6.5f;

    /// <summary>Largest size of a pulse along its direction, in units of its step.</summary>
    internal static float Farthest(float cycleNoise) => MathF.FusedMultiplyAdd(cycleNoise, NormalMax, 1f);

    /// <summary>Largest size of a pulse against its direction, in units of its step; 0 for little noise.</summary>
    internal static float Backward(float cycleNoise) => MathF.Max(MathF.FusedMultiplyAdd(cycleNoise, NormalMax, -1f), 0f);

    /// <summary>Whether no partial path of the pulses can reach a bound.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Fits(
        float weight, float up, float down, float maximum, float minimum, float upCount, float downCount, float farthest, float backward)
    {
        var ups = MathF.Abs(up) * upCount;
        var downs = MathF.Abs(down) * downCount;
        var rise = MathF.FusedMultiplyAdd(ups, farthest, downs * backward);
        var fall = MathF.FusedMultiplyAdd(downs, farthest, ups * backward);
        return weight + rise <= maximum && weight - fall >= minimum;
    }

    /// <summary>16 lanes of the scalar form, all ones where the sum fits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Fits(
        Vector512<float> weight,
        Vector512<float> up,
        Vector512<float> down,
        Vector512<float> maximum,
        Vector512<float> minimum,
        Vector512<float> upCount,
        Vector512<float> downCount,
        float farthest,
        float backward)
    {
        var ups = Vector512.Abs(up) * upCount;
        var downs = Vector512.Abs(down) * downCount;
        var rise = Vector512.FusedMultiplyAdd(ups, Vector512.Create(farthest), downs * backward);
        var fall = Vector512.FusedMultiplyAdd(downs, Vector512.Create(farthest), ups * backward);
        return Vector512.LessThanOrEqual(weight + rise, maximum) & Vector512.GreaterThanOrEqual(weight - fall, minimum);
    }

    /// <summary>Mean change of the weight.</summary>
    internal static float Mean(float up, float down, float upCount, float downCount) =>
        MathF.FusedMultiplyAdd(up, upCount, -(down * downCount));

    /// <summary>16 lanes of the scalar form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Mean(Vector512<float> up, Vector512<float> down, Vector512<float> upCount, Vector512<float> downCount) =>
        Vector512.FusedMultiplyAdd(up, upCount, -(down * downCount));

    /// <summary>Variance of the change for a cycle-to-cycle noise of 1.</summary>
    internal static float Variance(float up, float down, float upCount, float downCount) =>
        MathF.FusedMultiplyAdd(up * up, upCount, down * down * downCount);

    /// <summary>16 lanes of the scalar form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Variance(Vector512<float> up, Vector512<float> down, Vector512<float> upCount, Vector512<float> downCount) =>
        Vector512.FusedMultiplyAdd(up * up, upCount, down * down * downCount);

    /// <summary>The weight after all pulses from its mean and <see cref="Variance(float, float, float, float)"/>.</summary>
    internal static float Draw(float mean, float variance, float cycleNoise, float normal) =>
        MathF.FusedMultiplyAdd(MathF.Sqrt(variance) * cycleNoise, normal, mean);

    /// <summary>16 lanes of the scalar form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Draw(Vector512<float> mean, Vector512<float> variance, float cycleNoise, Vector512<float> normal) =>
        Vector512.FusedMultiplyAdd(Vector512.Sqrt(variance) * cycleNoise, normal, mean);

    /// <summary>The weight after all pulses of a cell whose pulses fit.</summary>
    internal static float Apply(float weight, float up, float down, float upCount, float downCount, float cycleNoise, float normal) =>
        Draw(weight + Mean(up, down, upCount, downCount), Variance(up, down, upCount, downCount), cycleNoise, normal);

    /// <summary>16 lanes of the scalar form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Apply(
        Vector512<float> weight,
        Vector512<float> up,
        Vector512<float> down,
        Vector512<float> upCount,
        Vector512<float> downCount,
        float cycleNoise,
        Vector512<float> normal) =>
        Draw(weight + Mean(up, down, upCount, downCount), Variance(up, down, upCount, downCount), cycleNoise, normal);
}
