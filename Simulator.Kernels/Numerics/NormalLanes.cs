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
        if (!ProcessorPath.HasAvx512 && !ProcessorPath.HasAvx2)
        {
            return FromWordScalar(word);
        }

        var magnitude = (word & Vector512.Create(0x7fffffffu)) | Vector512.Create(1u);
        var bits = Vector512.ConvertToSingle(magnitude.AsInt32()).AsUInt32();
        var octave = bits >>> 23;
        var t = (bits & Vector512.Create(0x007fffffu)) | Vector512.Create(0x3f800000u);
        var s = t.AsSingle() - Vector512.Create(1.5f);
        var table = NormalTable.Aligned;
        var z = Coefficient(table + (6 * NormalTable.Octaves), octave);
        z = Vector512.FusedMultiplyAdd(z, s, Coefficient(table + (5 * NormalTable.Octaves), octave));
        z = Vector512.FusedMultiplyAdd(z, s, Coefficient(table + (4 * NormalTable.Octaves), octave));
        z = Vector512.FusedMultiplyAdd(z, s, Coefficient(table + (3 * NormalTable.Octaves), octave));
        z = Vector512.FusedMultiplyAdd(z, s, Coefficient(table + (2 * NormalTable.Octaves), octave));
        z = Vector512.FusedMultiplyAdd(z, s, Coefficient(table + (1 * NormalTable.Octaves), octave));
        z = Vector512.FusedMultiplyAdd(z, s, Coefficient(table, octave));
        return (z.AsUInt32() ^ (word & Vector512.Create(0x80000000u))).AsSingle();
    }

    /// <summary>One coefficient for each lane's octave; only the low five bits of the octave count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Coefficient(float* row, Vector512<uint> octave)
    {
        if (ProcessorPath.HasAvx512)
        {
            return Avx512F.PermuteVar16x32x2(Vector512.Load(row), octave.AsInt32(), Vector512.Load(row + 16));
        }

        var index = (octave & Vector512.Create(31u)).AsInt32();
        return Vector512.Create(
            Avx2.GatherVector256(row, index.GetLower(), sizeof(float)), Avx2.GatherVector256(row, index.GetUpper(), sizeof(float)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> FromWordScalar(Vector512<uint> word)
    {
        var normals = stackalloc float[Lanes.Count];
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            normals[lane] = NormalReference.FromWord(word.GetElement(lane));
        }

        return Vector512.Load(normals);
    }
}
