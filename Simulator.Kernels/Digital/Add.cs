using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Digital;

/// <summary>
/// The element-wise sum of several inputs, added in the order in which the stage lists them: ((x0 + x1) + x2) + .... Each input's gradient is
/// the gradient at the output. Gradients of a stage with several readers are gathered with the same function, in the readers' order.
/// </summary>
public static class Add
{
    /// <summary>sum = sum + x over equal lengths.</summary>
    public static void Accumulate(Span<float> sum, ReadOnlySpan<float> x)
    {
        if (sum.Length != x.Length)
        {
            throw new ArgumentException($"Expected inputs of equal length to add, got {sum.Length} and {x.Length} values.");
        }

        for (var i = 0; i < sum.Length; i += Lanes.Count)
        {
            RowLanes.Store(RowLanes.Load(sum, i) + RowLanes.Load(x, i), sum, i);
        }
    }
}
