using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Kernels.Numerics;

/// <summary>Reads a table of floats at 16 places at once. It only moves, so every path gives the same bits.</summary>
internal static unsafe class LaneTable
{
    /// <summary>Tables up to this length fit two registers; shorter ones are padded to it.</summary>
    internal const int ShortLength = 2 * Lanes.Count;

    /// <summary>table[index] in every lane.</summary>
    /// <param name="table">At least <see cref="ShortLength"/> floats.</param>
    /// <param name="length">Floats in use.</param>
    /// <param name="index">Each 0 to length - 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Look(float* table, int length, Vector512<int> index) =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported && length <= ShortLength
            ? Avx512F.PermuteVar16x32x2(Vector512.Load(table), index, Vector512.Load(table + Lanes.Count))
            : LookAnywhere(table, index);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> LookAnywhere(float* table, Vector512<int> index)
    {
        if (Avx2.IsSupported)
        {
            return Vector512.Create(
                Avx2.GatherVector256(table, index.GetLower(), sizeof(float)), Avx2.GatherVector256(table, index.GetUpper(), sizeof(float)));
        }

        var values = stackalloc float[Lanes.Count];
        for (var lane = 0; lane < Lanes.Count; lane++) values[lane] = table[index.GetElement(lane)];
        return Vector512.Load(values);
    }
}
