using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Kernels.Numerics;

/// <summary>Standard normals from 16 random words at once; the bits of <see cref="NormalReference"/>.</summary>
public static unsafe class NormalLanes
{
    /// <summary>Lane by lane the normal of <see cref="NormalReference.FromWord"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FromWord(Vector512<uint> word)
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            return FromWordNarrow(word);
        }

        var magnitude = (word & Vector512.Create(0x7fffffffu)) | Vector512.Create(1u);
        var bits = Vector512.ConvertToSingle(magnitude.AsInt32()).AsUInt32();
        var octave = (bits >>> 23).AsInt32();
        var t = (bits & Vector512.Create(0x007fffffu)) | Vector512.Create(0x3f800000u);
        var s = t.AsSingle() - Vector512.Create(1.5f);

        // A permutation of two registers reads the low five bits of the octave: a table of 32 entries in one instruction.
        var table = NormalTable.Aligned;
        var z = Avx512F.PermuteVar16x32x2(Vector512.Load(table + 192), octave, Vector512.Load(table + 208));
        z = Avx512F.FusedMultiplyAdd(z, s, Avx512F.PermuteVar16x32x2(Vector512.Load(table + 160), octave, Vector512.Load(table + 176)));
        z = Avx512F.FusedMultiplyAdd(z, s, Avx512F.PermuteVar16x32x2(Vector512.Load(table + 128), octave, Vector512.Load(table + 144)));
        z = Avx512F.FusedMultiplyAdd(z, s, Avx512F.PermuteVar16x32x2(Vector512.Load(table + 96), octave, Vector512.Load(table + 112)));
        z = Avx512F.FusedMultiplyAdd(z, s, Avx512F.PermuteVar16x32x2(Vector512.Load(table + 64), octave, Vector512.Load(table + 80)));
        z = Avx512F.FusedMultiplyAdd(z, s, Avx512F.PermuteVar16x32x2(Vector512.Load(table + 32), octave, Vector512.Load(table + 48)));
        z = Avx512F.FusedMultiplyAdd(z, s, Avx512F.PermuteVar16x32x2(Vector512.Load(table), octave, Vector512.Load(table + 16)));
        return (z.AsUInt32() ^ (word & Vector512.Create(0x80000000u))).AsSingle();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> FromWordNarrow(Vector512<uint> word)
    {
        if (Avx2.IsSupported)
        {
            return Vector512.Create(FromWord256(word.GetLower()), FromWord256(word.GetUpper()));
        }

        var normals = stackalloc float[Lanes.Count];
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            normals[lane] = NormalReference.FromWord(word.GetElement(lane));
        }

        return Vector512.Load(normals);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FromWord256(Vector256<uint> word)
    {
        var magnitude = (word & Vector256.Create(0x7fffffffu)) | Vector256.Create(1u);
        var bits = Vector256.ConvertToSingle(magnitude.AsInt32()).AsUInt32();
        var octave = ((bits >>> 23) & Vector256.Create(31u)).AsInt32();
        var t = (bits & Vector256.Create(0x007fffffu)) | Vector256.Create(0x3f800000u);
        var s = t.AsSingle() - Vector256.Create(1.5f);
        var table = NormalTable.Aligned;
        var z = Avx2.GatherVector256(table + 192, octave, sizeof(float));
        z = Vector256.FusedMultiplyAdd(z, s, Avx2.GatherVector256(table + 160, octave, sizeof(float)));
        z = Vector256.FusedMultiplyAdd(z, s, Avx2.GatherVector256(table + 128, octave, sizeof(float)));
        z = Vector256.FusedMultiplyAdd(z, s, Avx2.GatherVector256(table + 96, octave, sizeof(float)));
        z = Vector256.FusedMultiplyAdd(z, s, Avx2.GatherVector256(table + 64, octave, sizeof(float)));
        z = Vector256.FusedMultiplyAdd(z, s, Avx2.GatherVector256(table + 32, octave, sizeof(float)));
        z = Vector256.FusedMultiplyAdd(z, s, Avx2.GatherVector256(table, octave, sizeof(float)));
        return (z.AsUInt32() ^ (word & Vector256.Create(0x80000000u))).AsSingle();
    }
}
