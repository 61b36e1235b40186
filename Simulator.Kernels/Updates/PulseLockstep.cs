using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// 16 cells work through their own lists of pulses side by side. Pulse e of a cell (its ordinal within the call) takes the normal from
/// word e mod 4 of the Philox block at (PulseNoise, step, first vector of the call, e / 4, cell), so a cell's result depends on nothing but its own list.
/// </summary>
internal static unsafe class PulseLockstep
{
    /// <summary>Words of working memory: the random words of 32 pulses, and those of as many changes of state.</summary>
    internal const int WorkingWords = 2 * BatchWords;

    private const int BatchWords = 32 * Lanes.Count;

    /// <summary>Applies all pulses.</summary>
    /// <param name="model">The device.</param>
    /// <param name="weight">Weights before.</param>
    /// <param name="cell">Hidden parameters; receives the state of a model that changes state.</param>
    /// <param name="directions">[word * 16 + lane]: bit e mod 32 of word e / 32 is set if pulse e is a down pulse.</param>
    /// <param name="length">Pulses of each lane.</param>
    /// <param name="lengthMax">The largest of them.</param>
    /// <param name="key">Key of the pulse noise.</param>
    /// <param name="stateKey">Key of the noise of changes of state.</param>
    /// <param name="address">Where the draws begin.</param>
    /// <param name="cellWord">Word 0 of each lane's address.</param>
    /// <param name="eventHigh">High bits of word 1 of each lane's address.</param>
    /// <param name="words">Working memory of <see cref="WorkingWords"/>.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static Vector512<float> Run<TModel>(
        TModel model,
        Vector512<float> weight,
        ref CellLanes cell,
        uint* directions,
        Vector512<uint> length,
        uint lengthMax,
        RandomKey key,
        RandomKey stateKey,
        UpdateAddress address,
        Vector512<uint> cellWord,
        Vector512<uint> eventHigh,
        uint* words)
        where TModel : struct, IPulseModel
    {
        var noisy = model.CycleNoise > 0;
        var noisyState = TModel.ChangesState && model.StateNoise > 0;
        var cells = cell;
        model.Prepare(ref cells);
        var normal = Vector512<float>.Zero;
        for (uint first = 0; first < lengthMax; first += 32)
        {
            // All words of 32 pulses first: a call inside the loop over pulses would keep the weights out of their register.
            var end = Math.Min(32, lengthMax - first);
            if (noisy) Draw(key, cellWord, eventHigh, first / 4, (end + 3) / 4, address, words);
            if (noisyState) Draw(stateKey, cellWord, eventHigh, first / 4, (end + 3) / 4, address, words + BatchWords);
            var bits = Vector512.Load(directions + (first / 32 * 16));
            for (uint e = 0; e < end; e++)
            {
                if (noisy) normal = NormalLanes.FromWord(Vector512.Load(words + (e * Lanes.Count)));
                var down = Vector512.Equals(bits & Vector512<uint>.One, Vector512<uint>.One).AsSingle();
                bits = Vector512.ShiftRightLogical(bits, 1);
                if (noisyState) cells.Derived = NormalLanes.FromWord(Vector512.Load(words + BatchWords + (e * Lanes.Count)));
                var state = cells.ExtraC;
                var next = model.Pulse(weight, down, normal, ref cells);
                var live = Vector512.GreaterThan(length, Vector512.Create(first + e)).AsSingle();
                weight = Vector512.ConditionalSelect(live, next, weight);
                if (TModel.ChangesState) cells.ExtraC = Vector512.ConditionalSelect(live, cells.ExtraC, state);
            }
        }

        if (TModel.ChangesState) cell.ExtraC = cells.ExtraC;
        return weight;
    }

    /// <summary>
    /// Two groups of 16 cells at once: each pulse of a cell waits for the one before, so that a second, independent chain costs little more time. The
    /// arguments are those of the form for one group.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Run<TModel>(TModel model, ref PulseGroupArguments first, ref PulseGroupArguments second, RandomKey key, UpdateAddress address)
        where TModel : struct, IPulseModel
    {
        var noisy = model.CycleNoise > 0;
        var cellsA = first.Cell;
        var cellsB = second.Cell;
        model.Prepare(ref cellsA);
        model.Prepare(ref cellsB);
        var weightA = first.Weight;
        var weightB = second.Weight;
        var normalA = Vector512<float>.Zero;
        var normalB = Vector512<float>.Zero;
        var lengthA = first.Length;
        var lengthB = second.Length;
        var lengthMax = Math.Max(first.LengthMax, second.LengthMax);
        var wordsA = first.Words;
        var wordsB = second.Words;
        for (uint start = 0; start < lengthMax; start += 32)
        {
            var end = Math.Min(32, lengthMax - start);
            if (noisy)
            {
                Draw(key, first.CellWord, first.EventHigh, start / 4, (end + 3) / 4, address, wordsA);
                Draw(key, second.CellWord, second.EventHigh, start / 4, (end + 3) / 4, address, wordsB);
            }

            var bitsA = Vector512.Load(first.Directions + (start / 32 * 16));
            var bitsB = Vector512.Load(second.Directions + (start / 32 * 16));
            for (uint e = 0; e < end; e++)
            {
                if (noisy)
                {
                    normalA = NormalLanes.FromWord(Vector512.Load(wordsA + (e * Lanes.Count)));
                    normalB = NormalLanes.FromWord(Vector512.Load(wordsB + (e * Lanes.Count)));
                }

                var downA = Vector512.Equals(bitsA & Vector512<uint>.One, Vector512<uint>.One).AsSingle();
                var downB = Vector512.Equals(bitsB & Vector512<uint>.One, Vector512<uint>.One).AsSingle();
                bitsA = Vector512.ShiftRightLogical(bitsA, 1);
                bitsB = Vector512.ShiftRightLogical(bitsB, 1);
                var nextA = model.Pulse(weightA, downA, normalA, ref cellsA);
                var nextB = model.Pulse(weightB, downB, normalB, ref cellsB);
                var ordinal = Vector512.Create(start + e);
                weightA = Vector512.ConditionalSelect(Vector512.GreaterThan(lengthA, ordinal).AsSingle(), nextA, weightA);
                weightB = Vector512.ConditionalSelect(Vector512.GreaterThan(lengthB, ordinal).AsSingle(), nextB, weightB);
            }
        }

        first.Weight = weightA;
        second.Weight = weightB;
    }

    /// <summary>Stores the words of some blocks of four pulses.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Draw(RandomKey key, Vector512<uint> cellWord, Vector512<uint> eventHigh, uint quad, uint count, UpdateAddress address, uint* words)
    {
        for (var end = quad + count; quad < end; quad++)
        {
            PhiloxLanes.Block(key, cellWord, eventHigh | Vector512.Create(quad), Vector512.Create(address.Vector), Vector512.Create(address.Step),
                out var w0, out var w1, out var w2, out var w3);
            w0.Store(words);
            w1.Store(words + 16);
            w2.Store(words + 32);
            w3.Store(words + 48);
            words += 4 * Lanes.Count;
        }
    }
}
