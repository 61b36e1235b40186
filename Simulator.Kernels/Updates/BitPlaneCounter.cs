using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// Counts, for 512 columns at once, how many of a list of planes have the column's bit set. The counts are bit-sliced: plane k of the result
/// holds bit k of every count. Full blocks of eight inputs go through a carry-save adder tree.
/// </summary>
internal static unsafe class BitPlaneCounter
{
    /// <summary>Result planes that suffice for any count up to <paramref name="inputs"/>.</summary>
    internal static int PlanesFor(int inputs) => 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)inputs);

    /// <summary>Counts the inputs.</summary>
    /// <param name="inputs">[input][16 words].</param>
    /// <param name="count">Number of inputs, 1 or more.</param>
    /// <param name="planes">[plane][16 words], overwritten; room for at least 4 planes.</param>
    /// <returns>Result planes up to the highest that is not zero.</returns>
    internal static int Count(uint* inputs, int count, uint* planes)
    {
        if (count < 8) return CountFew(inputs, count, planes);
        var planeCount = Math.Max(PlanesFor(count), 4);
        var ones = Vector512<uint>.Zero;
        var twos = Vector512<uint>.Zero;
        var fours = Vector512<uint>.Zero;
        for (var k = 3; k < planeCount; k++)
        {
            Vector512<uint>.Zero.Store(planes + (k * Lanes.Count));
        }

        var i = 0;
        for (; i + 8 <= count; i += 8)
        {
            var at = inputs + (i * Lanes.Count);
            Add(ref ones, Vector512.Load(at), Vector512.Load(at + 16), out var twoA);
            Add(ref ones, Vector512.Load(at + 32), Vector512.Load(at + 48), out var twoB);
            Add(ref twos, twoA, twoB, out var fourA);
            Add(ref ones, Vector512.Load(at + 64), Vector512.Load(at + 80), out twoA);
            Add(ref ones, Vector512.Load(at + 96), Vector512.Load(at + 112), out twoB);
            Add(ref twos, twoA, twoB, out var fourB);
            Add(ref fours, fourA, fourB, out var eights);
            Ripple(eights, planes, 3, planeCount);
        }

        ones.Store(planes);
        twos.Store(planes + 16);
        fours.Store(planes + 32);
        for (; i < count; i++)
        {
            Ripple(Vector512.Load(inputs + (i * Lanes.Count)), planes, 0, planeCount);
        }

        while (planeCount > 0 && Vector512.Load(planes + ((planeCount - 1) * Lanes.Count)) == Vector512<uint>.Zero)
        {
            planeCount--;
        }

        return planeCount;
    }

    /// <summary>Up to seven inputs: three planes that stay in registers.</summary>
    private static int CountFew(uint* inputs, int count, uint* planes)
    {
        var ones = Vector512.Load(inputs);
        var twos = Vector512<uint>.Zero;
        var fours = Vector512<uint>.Zero;
        for (var i = 1; i < count; i++)
        {
            var input = Vector512.Load(inputs + (i * Lanes.Count));
            var carry = ones & input;
            ones ^= input;
            fours ^= twos & carry;
            twos ^= carry;
        }

        ones.Store(planes);
        if (count == 1) return ones == Vector512<uint>.Zero ? 0 : 1;
        twos.Store(planes + 16);
        fours.Store(planes + 32);
        if (fours != Vector512<uint>.Zero) return 3;
        return twos != Vector512<uint>.Zero ? 2 : ones != Vector512<uint>.Zero ? 1 : 0;
    }

    /// <summary>The counts of 16 neighbouring columns.</summary>
    /// <param name="planes">Result planes.</param>
    /// <param name="planeCount">How many.</param>
    /// <param name="group">Group of columns within the superblock, 0 to 31.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<uint> Extract(uint* planes, int planeCount, int group)
    {
        var counts = Vector512<uint>.Zero;
        for (var k = planeCount - 1; k >= 0; k--)
        {
            var bit = Vector512.ShiftRightLogical(Vector512.Load(planes + (k * Lanes.Count)), group) & Vector512<uint>.One;
            counts = counts + counts + bit;
        }

        return counts;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref Vector512<uint> sum, Vector512<uint> a, Vector512<uint> b, out Vector512<uint> carry)
    {
        var half = sum ^ a;
        carry = (sum & a) | (half & b);
        sum = half ^ b;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ripple(Vector512<uint> carry, uint* planes, int first, int planeCount)
    {
        for (var k = first; k < planeCount; k++)
        {
            var at = planes + (k * Lanes.Count);
            var plane = Vector512.Load(at);
            (plane ^ carry).Store(at);
            carry &= plane;
        }
    }
}
