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
    /// <param name="words">Working memory of 64 words.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
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
        Vector512<uint> eventHigh,
        uint* words)
        where TModel : struct, IPulseModel
    {
        var noisy = model.CycleNoise > 0;
        var cells = cell;
        var normal = Vector512<float>.Zero;
        for (uint first = 0; first < lengthMax; first += 4)
        {
            if (noisy) Draw(key, cellWord, eventHigh | Vector512.Create(first / 4), step, words);
            var bits = Vector512.ShiftRightLogical(Vector512.Load(directions + (first / 32 * 16)), (int)(first & 31));
            var end = Math.Min(4, lengthMax - first);
            for (uint e = 0; e < end; e++)
            {
                // One call site of the inlined normal: the JIT's budget does not stretch to four.
                if (noisy) normal = NormalLanes.FromWord(Vector512.Load(words + (e * Lanes.Count)));
                var down = Vector512.Equals(bits & Vector512<uint>.One, Vector512<uint>.One).AsSingle();
                bits = Vector512.ShiftRightLogical(bits, 1);
                var next = model.Pulse(weight, down, normal, cells);
                weight = Vector512.ConditionalSelect(Vector512.GreaterThan(length, Vector512.Create(first + e)).AsSingle(), next, weight);
            }
        }

        return weight;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Draw(RandomKey key, Vector512<uint> cellWord, Vector512<uint> quad, uint step, uint* words)
    {
        PhiloxLanes.Block(key, cellWord, quad, Vector512<uint>.Zero, Vector512.Create(step), out var w0, out var w1, out var w2, out var w3);
        w0.Store(words);
        w1.Store(words + 16);
        w2.Store(words + 32);
        w3.Store(words + 48);
    }
}
