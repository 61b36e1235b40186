using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// 16 cells work through their own lists of pulses side by side. Pulse e of a cell (its ordinal within the mini-batch) takes the normal from
/// word e mod 4 of the Philox block at (PulseNoise, step, vector 0, e / 4, cell), so a cell's result depends on nothing but its own list.
/// </summary>
internal static unsafe class PulseLockstep
{
    /// <summary>Applies all pulses.</summary>
    /// <param name="model">The device.</param>
    /// <param name="weight">Weights before.</param>
    /// <param name="cell">Hidden parameters.</param>
    /// <param name="directions">[word * 16 + lane]: bit e mod 32 of word e / 32 is set if pulse e is a down pulse.</param>
    /// <param name="length">Pulses of each lane.</param>
    /// <param name="lengthMax">The largest of them.</param>
    /// <param name="key">Key of the pulse noise.</param>
    /// <param name="step">Step word.</param>
    /// <param name="cellWord">Word 0 of each lane's address.</param>
    /// <param name="eventHigh">High bits of word 1 of each lane's address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Run<TModel>(
        TModel model,
        Vector512<float> weight,
        in CellLanes cell,
        uint* directions,
        Vector512<uint> length,
        uint lengthMax,
        RandomKey key,
        uint step,
        Vector512<uint> cellWord,
        Vector512<uint> eventHigh)
        where TModel : struct, IPulseModel
    {
        var noisy = model.CycleNoise > 0;
        var bits = Vector512<uint>.Zero;
        Vector512<uint> w0 = default, w1 = default, w2 = default, w3 = default;
        for (uint e = 0; e < lengthMax; e += 4)
        {
            if ((e & 31) == 0) bits = Vector512.Load(directions + (e / 32 * 16));
            if (noisy)
            {
                PhiloxLanes.Block(key, cellWord, eventHigh | Vector512.Create(e / 4), Vector512<uint>.Zero, Vector512.Create(step),
                    out w0, out w1, out w2, out w3);
            }

            weight = One(model, weight, cell, ref bits, length, e, w0, noisy);
            if (e + 1 < lengthMax) weight = One(model, weight, cell, ref bits, length, e + 1, w1, noisy);
            if (e + 2 < lengthMax) weight = One(model, weight, cell, ref bits, length, e + 2, w2, noisy);
            if (e + 3 < lengthMax) weight = One(model, weight, cell, ref bits, length, e + 3, w3, noisy);
        }

        return weight;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> One<TModel>(
        TModel model, Vector512<float> weight, in CellLanes cell, ref Vector512<uint> bits, Vector512<uint> length, uint e, Vector512<uint> word, bool noisy)
        where TModel : struct, IPulseModel
    {
        var down = Vector512.Equals(bits & Vector512<uint>.One, Vector512<uint>.One).AsSingle();
        bits = Vector512.ShiftRightLogical(bits, 1);
        var normal = noisy ? NormalLanes.FromWord(word) : Vector512<float>.Zero;
        var next = model.Pulse(weight, down, normal, cell);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(length, Vector512.Create(e)).AsSingle(), next, weight);
    }
}
