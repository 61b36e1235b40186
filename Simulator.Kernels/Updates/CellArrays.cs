using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Devices;

namespace Tessera.Kernels.Updates;

/// <summary>Pointers to the row-padded arrays [row * stride + column] that pulses read and write.</summary>
internal unsafe struct CellArrays
{
    /// <summary>Weights that pulses move: the persistent ones where write noise is active, else the visible ones.</summary>
    internal float* Weights;
    internal float* Maximum;
    internal float* Minimum;
    internal float* Up;
    internal float* Down;
    internal float* ExtraA;
    internal float* ExtraB;
    internal float* ExtraC;

    /// <summary>Counts of up pulses; null where pulses are not counted.</summary>
    internal float* UpCount;

    /// <summary>Counts of down pulses; null where pulses are not counted.</summary>
    internal float* DownCount;

    /// <summary>[index / 16]: the lowest upper bound of 16 neighbouring cells.</summary>
    internal float* GroupMaximum;

    /// <summary>[index / 16]: the highest lower bound of 16 neighbouring cells.</summary>
    internal float* GroupMinimum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly CellLanes Load<TModel>(int index)
        where TModel : struct, IPulseModel => new(
            Vector512.Load(Maximum + index),
            Vector512.Load(Minimum + index),
            Vector512.Load(Up + index),
            Vector512.Load(Down + index),
            TModel.ExtraArrays > 0 ? Vector512.Load(ExtraA + index) : default,
            TModel.ExtraArrays > 1 ? Vector512.Load(ExtraB + index) : default,
            TModel.ExtraArrays > 2 ? Vector512.Load(ExtraC + index) : default,
            default);

    /// <summary>Counts pulses of one cell, where they are counted.</summary>
    internal readonly void Count(int index, int ups, int downs)
    {
        if (UpCount is null) return;
        UpCount[index] += ups;
        DownCount[index] += downs;
    }

    internal readonly CellParameters At<TModel>(int index)
        where TModel : struct, IPulseModel => new(
            Maximum[index],
            Minimum[index],
            Up[index],
            Down[index],
            TModel.ExtraArrays > 0 ? ExtraA[index] : 0,
            TModel.ExtraArrays > 1 ? ExtraB[index] : 0,
            TModel.ExtraArrays > 2 ? ExtraC[index] : 0,
            0);
}
