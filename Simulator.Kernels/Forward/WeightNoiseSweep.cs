using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Forward;

/// <summary>Vector passes of the output-referred weight noise (spec forward, section 5). All lengths are multiples of 16.</summary>
internal static unsafe class WeightNoiseSweep
{
    /// <summary>|W|, element by element.</summary>
    public static void Magnitudes(ReadOnlySpan<float> values, Span<float> result)
    {
        var source = MemoryMarshal.Cast<float, Vector512<float>>(values);
        var target = MemoryMarshal.Cast<float, Vector512<float>>(result);
        for (var i = 0; i < source.Length; i++)
        {
            target[i] = Vector512.Abs(source[i]);
        }
    }

    /// <summary>x^2, element by element.</summary>
    public static void Square(ReadOnlySpan<float> values, Span<float> result)
    {
        var source = MemoryMarshal.Cast<float, Vector512<float>>(values);
        var target = MemoryMarshal.Cast<float, Vector512<float>>(result);
        for (var i = 0; i < source.Length; i++)
        {
            target[i] = source[i] * source[i];
        }
    }

    /// <summary>y += strength * normal, where the strength holds the norm of the input.</summary>
    public static void AddConstant(float strength, float* normals, float* product, int stride)
    {
        var factor = Vector512.Create(strength);
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            Vector512.FusedMultiplyAdd(factor, Vector512.Load(normals + column), Vector512.Load(product + column)).Store(product + column);
        }
    }

    /// <summary>y += strength * sqrt(variance) * normal.</summary>
    public static void AddPcmRead(float strength, float* variances, float* normals, float* product, int stride)
    {
        var factor = Vector512.Create(strength);
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            var deviation = factor * Vector512.Sqrt(Vector512.Load(variances + column));
            Vector512.FusedMultiplyAdd(deviation, Vector512.Load(normals + column), Vector512.Load(product + column)).Store(product + column);
        }
    }
}
