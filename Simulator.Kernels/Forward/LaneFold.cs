using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Forward;

/// <summary>Folds the 16 lanes of a vector to one number, in a written order.</summary>
internal static unsafe class LaneFold
{
    /// <summary>Adds lane l and lane l + 8, then l and l + 4, l + 2, l + 1: the tree of the deterministic product.</summary>
    public static float Sum(Vector512<float> values)
    {
        var lanes = stackalloc float[Lanes.Count];
        values.Store(lanes);
        return Sum(new Span<float>(lanes, Lanes.Count));
    }

    /// <summary>The same tree over 16 numbers in memory, which it overwrites.</summary>
    public static float Sum(Span<float> lanes)
    {
        for (var half = Lanes.Count / 2; half > 0; half /= 2)
        {
            for (var lane = 0; lane < half; lane++)
            {
                lanes[lane] += lanes[lane + half];
            }
        }

        return lanes[0];
    }

    /// <summary>Largest lane; a maximum does not depend on its order.</summary>
    public static float Max(Vector512<float> values)
    {
        var eight = Vector256.MaxNative(values.GetLower(), values.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}
