using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tests.Numerics;

/// <summary>Fixed polynomials: the stated error against double precision, the same bits in lanes and scalars, and the special values.</summary>
public sealed class ElementaryFunctionTests
{
    // A stride that is coprime to powers of two meets every exponent and all kinds of mantissas: about half a million arguments a function.
    private const uint Stride = 8009;

    private delegate Vector512<float> LaneFunction(Vector512<float> x);

    [Theory]
    [InlineData("exp", 1.0)]
    [InlineData("log", 1.0)]
    [InlineData("tanh", 2.0)]
    [InlineData("sigmoid", 2.5)]
    [InlineData("erf", 2.0)]
    public void Error_stays_within_the_stated_ulp(string name, double ulpMax)
    {
        var (_, scalar, oracle) = Function(name);
        var worst = 0.0;
        var worstAt = 0f;
        for (ulong bits = 0; bits <= uint.MaxValue; bits += Stride)
        {
            var x = BitConverter.UInt32BitsToSingle((uint)bits);
            var exact = oracle(x);
            if (!float.IsFinite(x) || !double.IsFinite(exact) || Math.Abs(exact) > float.MaxValue)
            {
                continue;
            }

            var error = Math.Abs(scalar(x) - exact) / Ulp(exact);
            if (error > worst)
            {
                (worst, worstAt) = (error, x);
            }
        }

        Assert.True(worst <= ulpMax, $"{name}: {worst:F3} ulp at {worstAt:R}, stated {ulpMax}.");
    }

    [Theory]
    [InlineData("sin")]
    [InlineData("cos")]
    public void Trigonometric_error_stays_within_two_ulp_of_one(string name)
    {
        var (_, scalar, oracle) = Function(name);
        var worst = 0.0;
        for (var i = -2_000_000; i <= 2_000_000; i++)
        {
            var x = i * (8192f / 2_000_000);
            worst = Math.Max(worst, Math.Abs(scalar(x) - oracle(x)));
        }

        Assert.True(worst <= 1.2e-7, $"{name}: {worst:E3}.");
    }

    [Theory]
    [InlineData("exp")]
    [InlineData("log")]
    [InlineData("tanh")]
    [InlineData("sigmoid")]
    [InlineData("erf")]
    [InlineData("sin")]
    [InlineData("cos")]
    public void Lanes_and_scalars_have_the_same_bits(string name)
    {
        var (lanes, scalar, _) = Function(name);
        Span<float> x = stackalloc float[Lanes.Count];
        Span<float> y = stackalloc float[Lanes.Count];
        for (ulong bits = 0; bits + Lanes.Count <= uint.MaxValue; bits += Stride * Lanes.Count)
        {
            for (var i = 0; i < Lanes.Count; i++)
            {
                x[i] = BitConverter.UInt32BitsToSingle((uint)bits + (uint)(i * 65_537));
            }

            lanes(Vector512.Create<float>(x)).CopyTo(y);
            for (var i = 0; i < Lanes.Count; i++)
            {
                var expected = scalar(x[i]);
                Assert.True(
                    BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(y[i]) || (float.IsNaN(expected) && float.IsNaN(y[i])),
                    $"{name}({x[i]:R}): scalar {expected:R}, lane {y[i]:R}.");
            }
        }
    }

    [Fact]
    public void Special_values_are_defined()
    {
        Assert.Equal(0f, ScalarMath.Exp(float.NegativeInfinity));
        Assert.Equal(float.PositiveInfinity, ScalarMath.Exp(89f));
        Assert.Equal(1f, ScalarMath.Exp(0f));
        Assert.Equal(float.NaN, ScalarMath.Exp(float.NaN));
        Assert.Equal(float.NegativeInfinity, ScalarMath.Log(0f));
        Assert.Equal(float.NaN, ScalarMath.Log(-1f));
        Assert.Equal(float.PositiveInfinity, ScalarMath.Log(float.PositiveInfinity));
        Assert.Equal(0f, ScalarMath.Log(1f));
        Assert.Equal(-1f, ScalarMath.Tanh(float.NegativeInfinity));
        Assert.Equal(1f, ScalarMath.Tanh(10f));
        Assert.Equal(float.NaN, ScalarMath.Tanh(float.NaN));
        Assert.Equal(0f, ScalarMath.Sigmoid(float.NegativeInfinity));
        Assert.Equal(1f, ScalarMath.Sigmoid(200f));
        Assert.Equal(1f, ScalarMath.Erf(float.PositiveInfinity));
        Assert.Equal(float.NaN, ScalarMath.Erf(float.NaN));
        Assert.Equal(float.NaN, ScalarMath.Sin(float.PositiveInfinity));
        Assert.Equal(float.NaN, ScalarMath.Cos(10_000f));
    }

    private static double Ulp(double exact)
    {
        var magnitude = Math.Max(Math.Abs(exact), FunctionRange.SmallestNormal);
        return Math.Pow(2, Math.Floor(Math.Log2(magnitude)) - 23);
    }

    private static (LaneFunction Lanes, Func<float, float> Scalar, Func<double, double> Oracle) Function(string name) => name switch
    {
        "exp" => (LaneMath.Exp, ScalarMath.Exp, Math.Exp),
        "log" => (LaneMath.Log, ScalarMath.Log, x => x < 0 ? double.NaN : Math.Log(x)),
        "tanh" => (LaneMath.Tanh, ScalarMath.Tanh, Math.Tanh),
        "sigmoid" => (LaneMath.Sigmoid, ScalarMath.Sigmoid, x => 1 / (1 + Math.Exp(-x))),
        "erf" => (LaneMath.Erf, ScalarMath.Erf, DoubleErf.Of),
        "sin" => (LaneMath.Sin, ScalarMath.Sin, Math.Sin),
        "cos" => (LaneMath.Cos, ScalarMath.Cos, Math.Cos),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static class FunctionRange
    {
        internal const double SmallestNormal = 1.1754943508222875e-38;
    }
}
