using System.Numerics;
using System.Runtime.Intrinsics.X86;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// Asks for cache lines ahead of their use: the touched groups of a row are known before the first of them is worked on, but lie too far apart for
/// the processor to guess.
/// </summary>
internal static unsafe class Prefetch
{
    /// <summary>Everything that pulses on some groups of 16 cells read.</summary>
    /// <param name="cells">The tile's arrays.</param>
    /// <param name="index">First cell of group 0.</param>
    /// <param name="groups">Bit g: group g is wanted.</param>
    internal static void Groups<TModel>(in CellArrays cells, int index, uint groups)
        where TModel : struct, IPulseModel
    {
        if (!Sse.IsSupported) return;
        for (; groups != 0; groups &= groups - 1)
        {
            var at = index + (BitOperations.TrailingZeroCount(groups) * Lanes.Count);
            Sse.Prefetch0(cells.Weights + at);
            Sse.Prefetch0(cells.Up + at);
            Sse.Prefetch0(cells.Down + at);
            if (TModel.StepIsConstant) continue;
            Sse.Prefetch0(cells.Maximum + at);
            Sse.Prefetch0(cells.Minimum + at);
            if (TModel.ExtraArrays > 0) Sse.Prefetch0(cells.ExtraA + at);
            if (TModel.ExtraArrays > 1) Sse.Prefetch0(cells.ExtraB + at);
            if (TModel.ExtraArrays > 2) Sse.Prefetch0(cells.ExtraC + at);
        }
    }
}
