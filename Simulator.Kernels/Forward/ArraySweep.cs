using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Forward;

/// <summary>Vector passes of the effects of the array on one product (spec forward, section 5). All lengths are multiples of 16.</summary>
internal static unsafe class ArraySweep
{
    /// <summary>|x|, element by element.</summary>
    public static void Magnitudes(float* values, int length, float* result)
    {
        for (var i = 0; i < length; i += Lanes.Count)
        {
            Vector512.Abs(Vector512.Load(values + i)).Store(result + i);
        }
    }

    /// <summary>x^2, element by element.</summary>
    public static void Square(float* values, int length, float* result)
    {
        for (var i = 0; i < length; i += Lanes.Count)
        {
            var value = Vector512.Load(values + i);
            (value * value).Store(result + i);
        }
    }

    /// <summary>x times factors of a row, for each of several rows.</summary>
    public static void MultiplyRows(float* values, float* factors, int stride, int rows, float* result)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < stride; column += Lanes.Count)
            {
                var at = ((nint)row * stride) + column;
                (Vector512.Load(values + at) * Vector512.Load(factors + column)).Store(result + at);
            }
        }
    }

    /// <summary>sum += values.</summary>
    public static void Add(float* values, int length, float* sum)
    {
        for (var i = 0; i < length; i += Lanes.Count)
        {
            (Vector512.Load(sum + i) + Vector512.Load(values + i)).Store(sum + i);
        }
    }

    /// <summary>y -= ir_drop c tilted with c = a (a (0.05 a - 0.2) + 0.5), a the load of the column's wire.</summary>
    public static void IrDrop(ArraySettings settings, float* loads, float* tilted, float* product, int stride)
    {
        var unit = Vector512.Create(settings.IrDropLoad);
        var strength = Vector512.Create(-settings.IrDrop);
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            var a = unit * Vector512.Load(loads + column);
            var c = Vector512.FusedMultiplyAdd(a, Vector512.Create(0.05f), Vector512.Create(-0.2f));
            c = a * Vector512.FusedMultiplyAdd(a, c, Vector512.Create(0.5f));
            Vector512.FusedMultiplyAdd(strength * c, Vector512.Load(tilted + column), Vector512.Load(product + column)).Store(product + column);
        }
    }

    /// <summary>Voltage offsets and series resistance; <paramref name="reference"/> is -v_offset_w_min times the sum of the inputs.</summary>
    public static void Offsets(ArraySettings settings, float reference, float* offsets, float* product, int stride)
    {
        var resistance = Vector512.Create(settings.SeriesResistance);
        var one = Vector512<float>.One;
        var yRef = Vector512.Create(reference);
        var attenuatedRef = Attenuated(yRef, resistance);
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            var offset = Vector512.Load(offsets + column);
            var y = Vector512.Load(product + column);
            if (settings.OffsetWMin == 0)
            {
                y = (one - offset) * (settings.SeriesResistance > 0 ? Attenuated(y, resistance) : y);
            }
            else if (settings.SeriesResistance > 0)
            {
                y = ((one - offset) * Attenuated(y + yRef, resistance)) - ((one + offset) * attenuatedRef);
            }
            else
            {
                y = ((one - offset) * y) - ((offset + offset) * yRef);
            }

            y.Store(product + column);
        }
    }

    /// <summary>factor y / (1 + |eta y|).</summary>
    public static void Nonlinearity(float factor, float* strengths, float* product, int stride)
    {
        var slope = Vector512.Create(factor);
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            var y = Vector512.Load(product + column);
            var bend = Vector512<float>.One + Vector512.Abs(Vector512.Load(strengths + column) * y);
            (slope * y / bend).Store(product + column);
        }
    }

    /// <summary>y += strength * normal, where the strength holds the norm of the input.</summary>
    public static void AddConstantNoise(float strength, float* normals, float* product, int stride)
    {
        var factor = Vector512.Create(strength);
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            Vector512.FusedMultiplyAdd(factor, Vector512.Load(normals + column), Vector512.Load(product + column)).Store(product + column);
        }
    }

    /// <summary>y += strength * sqrt(variance) * normal.</summary>
    public static void AddReadNoise(float strength, float* variances, float* normals, float* product, int stride)
    {
        var factor = Vector512.Create(strength);
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            var deviation = factor * Vector512.Sqrt(Vector512.Load(variances + column));
            Vector512.FusedMultiplyAdd(deviation, Vector512.Load(normals + column), Vector512.Load(product + column)).Store(product + column);
        }
    }

    private static Vector512<float> Attenuated(Vector512<float> current, Vector512<float> resistance) =>
        current / (Vector512<float>.One + (resistance * Vector512.Abs(current)));
}
