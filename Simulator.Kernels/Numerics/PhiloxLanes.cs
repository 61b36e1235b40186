using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Kernels.Numerics;

/// <summary>Philox4x32-10 on 16 counters at once; the bits of <see cref="PhiloxReference"/>.</summary>
public static class PhiloxLanes
{
    /// <summary>Lane l of the outputs is the block of the counter (c0[l], c1[l], c2[l], c3[l]).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block(
        RandomKey key,
        Vector512<uint> c0,
        Vector512<uint> c1,
        Vector512<uint> c2,
        Vector512<uint> c3,
        out Vector512<uint> w0,
        out Vector512<uint> w1,
        out Vector512<uint> w2,
        out Vector512<uint> w3)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Philox512.Block(key, c0, c1, c2, c3, out w0, out w1, out w2, out w3);
        }
        else if (Avx2.IsSupported)
        {
            Philox256.Block(key, c0.GetLower(), c1.GetLower(), c2.GetLower(), c3.GetLower(), out var l0, out var l1, out var l2, out var l3);
            Philox256.Block(key, c0.GetUpper(), c1.GetUpper(), c2.GetUpper(), c3.GetUpper(), out var u0, out var u1, out var u2, out var u3);
            w0 = Vector512.Create(l0, u0);
            w1 = Vector512.Create(l1, u1);
            w2 = Vector512.Create(l2, u2);
            w3 = Vector512.Create(l3, u3);
        }
        else
        {
            BlockScalar(key, c0, c1, c2, c3, out w0, out w1, out w2, out w3);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void BlockScalar(
        RandomKey key,
        Vector512<uint> c0,
        Vector512<uint> c1,
        Vector512<uint> c2,
        Vector512<uint> c3,
        out Vector512<uint> w0,
        out Vector512<uint> w1,
        out Vector512<uint> w2,
        out Vector512<uint> w3)
    {
        var words = stackalloc uint[4 * Lanes.Count];
        c0.Store(words);
        c1.Store(words + Lanes.Count);
        c2.Store(words + (2 * Lanes.Count));
        c3.Store(words + (3 * Lanes.Count));
        for (var lane = words; lane < words + Lanes.Count; lane++)
        {
            PhiloxReference.Block(
                key, lane[0], lane[16], lane[32], lane[48], out lane[0], out lane[16], out lane[32], out lane[48]);
        }

        w0 = Vector512.Load(words);
        w1 = Vector512.Load(words + Lanes.Count);
        w2 = Vector512.Load(words + (2 * Lanes.Count));
        w3 = Vector512.Load(words + (3 * Lanes.Count));
    }
}
