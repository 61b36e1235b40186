using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Numerics;

/// <content>The same functions over spans of any length; source and destination may be the same span.</content>
public static unsafe partial class LaneMath
{
    /// <summary>e^x of every element (<see cref="ScalarMath.Exp"/>).</summary>
    public static void Exp(ReadOnlySpan<float> source, Span<float> destination)
    {
        RequireRoom(source.Length, destination.Length);
        fixed (float* from = source, to = destination)
        {
            var i = 0;
            for (; i + Lanes.Count <= source.Length; i += Lanes.Count)
            {
                Exp(Vector512.Load(from + i)).Store(to + i);
            }

            for (; i < source.Length; i++)
            {
                to[i] = ScalarMath.Exp(from[i]);
            }
        }
    }

    /// <summary>Natural logarithm of every element (<see cref="ScalarMath.Log"/>).</summary>
    public static void Log(ReadOnlySpan<float> source, Span<float> destination)
    {
        RequireRoom(source.Length, destination.Length);
        fixed (float* from = source, to = destination)
        {
            var i = 0;
            for (; i + Lanes.Count <= source.Length; i += Lanes.Count)
            {
                Log(Vector512.Load(from + i)).Store(to + i);
            }

            for (; i < source.Length; i++)
            {
                to[i] = ScalarMath.Log(from[i]);
            }
        }
    }

    /// <summary>Hyperbolic tangent of every element (<see cref="ScalarMath.Tanh"/>).</summary>
    public static void Tanh(ReadOnlySpan<float> source, Span<float> destination)
    {
        RequireRoom(source.Length, destination.Length);
        fixed (float* from = source, to = destination)
        {
            var i = 0;
            for (; i + Lanes.Count <= source.Length; i += Lanes.Count)
            {
                Tanh(Vector512.Load(from + i)).Store(to + i);
            }

            for (; i < source.Length; i++)
            {
                to[i] = ScalarMath.Tanh(from[i]);
            }
        }
    }

    /// <summary>1 / (1 + e^-x) of every element (<see cref="ScalarMath.Sigmoid"/>).</summary>
    public static void Sigmoid(ReadOnlySpan<float> source, Span<float> destination)
    {
        RequireRoom(source.Length, destination.Length);
        fixed (float* from = source, to = destination)
        {
            var i = 0;
            for (; i + Lanes.Count <= source.Length; i += Lanes.Count)
            {
                Sigmoid(Vector512.Load(from + i)).Store(to + i);
            }

            for (; i < source.Length; i++)
            {
                to[i] = ScalarMath.Sigmoid(from[i]);
            }
        }
    }

    /// <summary>Error function of every element (<see cref="ScalarMath.Erf"/>).</summary>
    public static void Erf(ReadOnlySpan<float> source, Span<float> destination)
    {
        RequireRoom(source.Length, destination.Length);
        fixed (float* from = source, to = destination)
        {
            var i = 0;
            for (; i + Lanes.Count <= source.Length; i += Lanes.Count)
            {
                Erf(Vector512.Load(from + i)).Store(to + i);
            }

            for (; i < source.Length; i++)
            {
                to[i] = ScalarMath.Erf(from[i]);
            }
        }
    }

    /// <summary>Sine of every element (<see cref="ScalarMath.Sin"/>).</summary>
    public static void Sin(ReadOnlySpan<float> source, Span<float> destination)
    {
        RequireRoom(source.Length, destination.Length);
        fixed (float* from = source, to = destination)
        {
            var i = 0;
            for (; i + Lanes.Count <= source.Length; i += Lanes.Count)
            {
                Sin(Vector512.Load(from + i)).Store(to + i);
            }

            for (; i < source.Length; i++)
            {
                to[i] = ScalarMath.Sin(from[i]);
            }
        }
    }

    /// <summary>Cosine of every element (<see cref="ScalarMath.Cos"/>).</summary>
    public static void Cos(ReadOnlySpan<float> source, Span<float> destination)
    {
        RequireRoom(source.Length, destination.Length);
        fixed (float* from = source, to = destination)
        {
            var i = 0;
            for (; i + Lanes.Count <= source.Length; i += Lanes.Count)
            {
                Cos(Vector512.Load(from + i)).Store(to + i);
            }

            for (; i < source.Length; i++)
            {
                to[i] = ScalarMath.Cos(from[i]);
            }
        }
    }

    private static void RequireRoom(int source, int destination)
    {
        if (destination < source)
        {
            throw new ArgumentException($"The destination holds {destination} values, the source {source}; expected at least as many.", nameof(destination));
        }
    }
}
