using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Forward;

/// <summary>What noise management needs to know of one input vector.</summary>
/// <param name="AbsMax">Largest magnitude.</param>
/// <param name="Max">Largest value, signed.</param>
/// <param name="PositiveSum">Sum of the positive values.</param>
/// <param name="NegativeSum">Sum of the negative values, 0 or less.</param>
internal readonly record struct InputExtremes(float AbsMax, float Max, float PositiveSum, float NegativeSum);

/// <summary>Noise and bound management as scalar rules: the scale of a vector and when to stop reducing it (spec forward, sections 7 and 8).</summary>
internal static class InputScale
{
    /// <summary>Largest weight that the worst-case estimate assumes, aihwkit's <c>nm_assumed_wmax</c>.</summary>
    private const float AssumedWeightMax = 0.6f;

    /// <summary>Smaller scales have no finite inverse and count as zero.</summary>
    private const float SmallestAlpha = 1.0f / float.MaxValue;

    /// <summary>Rounds after which a reduction no longer fits into an integer; no realistic stop rule is that late.</summary>
    private const int MaxRounds = 29;

    /// <summary>Whether a type needs more than the largest magnitude.</summary>
    public static bool NeedsSums(NoiseManagementType type) => type is NoiseManagementType.Max or NoiseManagementType.AbsMaxNPSum;

    /// <summary>alpha of one vector: the analog product sees x / alpha. Zero or less means that the vector has no scale.</summary>
    /// <param name="settings">Constants of the pass.</param>
    /// <param name="type">Type for this round.</param>
    /// <param name="extremes">What was measured of the vector.</param>
    /// <param name="average">Running average of the abs-max, as of the last commit.</param>
    public static float Alpha(ConverterSettings settings, NoiseManagementType type, in InputExtremes extremes, float average)
    {
        var alpha = Uncut(settings, type, extremes, average);
        return alpha > SmallestAlpha ? alpha : 0;
    }

    private static float Uncut(ConverterSettings settings, NoiseManagementType type, in InputExtremes extremes, float average) => type switch
    {
        NoiseManagementType.AbsMax => Cap(settings, extremes.AbsMax),
        NoiseManagementType.Max => Cap(settings, extremes.Max),
        NoiseManagementType.Constant => settings.Threshold > 0 ? settings.Threshold : 1.0f,
        NoiseManagementType.AbsMaxNPSum => WorstCase(settings, extremes),
        NoiseManagementType.AverageAbsMax => average,
        _ => 1.0f,
    };

    /// <summary>s: what the input is multiplied by. <paramref name="reduction"/> is rho of bound management, a power of two.</summary>
    public static float Total(NoiseManagementType type, float alpha, float reduction)
    {
        var scale = type != NoiseManagementType.None && alpha > 0 ? 1.0f / alpha : 1.0f;
        return scale * (1.0f / reduction);
    }

    /// <summary>
    /// Type of a round; a clipped worst-case iteration falls back to the sums of the signs, unless there is no noise management at all: then only the
    /// reduction starts again.
    /// </summary>
    public static NoiseManagementType TypeOfRound(ConverterSettings settings, int round) =>
        round > 0 && settings.BoundManagement == BoundManagementType.IterativeWorstCase && settings.NoiseManagement != NoiseManagementType.None
            ? NoiseManagementType.AbsMaxNPSum
            : settings.NoiseManagement;

    /// <summary>rho of a round: doubles, but the first worst-case round starts again at 1.</summary>
    public static float ReductionOfRound(ConverterSettings settings, int round)
    {
        var restarted = settings.BoundManagement == BoundManagementType.IterativeWorstCase
            && settings.NoiseManagement != NoiseManagementType.AbsMaxNPSum
            && round > 0;
        return restarted ? 1 << (round - 1) : 1 << round;
    }

    /// <summary>Whether a vector that clipped in a round is accepted as it is.</summary>
    public static bool IsLastRound(ConverterSettings settings, int round)
    {
        if (settings.BoundManagement == BoundManagementType.None)
        {
            return true;
        }

        var reduction = ReductionOfRound(settings, round);
        return round >= MaxRounds
            || (int)reduction > settings.MaxFactor
            || (settings.InputStep > 0 && reduction > settings.MaxRes / settings.InputStep);
    }

    private static float Cap(ConverterSettings settings, float value) =>
        settings.Threshold > 0 ? MathF.Min(value, settings.Threshold) : value;

    private static float WorstCase(ConverterSettings settings, in InputExtremes extremes)
    {
        var absMax = Cap(settings, extremes.AbsMax);
        var sum = MathF.Max(extremes.PositiveSum, -extremes.NegativeSum);
        var bound = float.IsInfinity(settings.OutputBound) ? 1.0f : settings.OutputBound;
        var estimate = sum * AssumedWeightMax / bound;
        if (settings.InputStep > 0)
        {
            estimate = MathF.Min(estimate, absMax * settings.MaxRes / settings.InputStep);
        }

        return MathF.Max(absMax, estimate);
    }
}
