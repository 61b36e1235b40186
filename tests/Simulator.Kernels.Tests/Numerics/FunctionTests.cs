using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tests.Numerics;

public class FunctionTests
{
    // A stride prime to 2^32 visits every exponent and the mantissas evenly: 2^32 / 10007 = 429,000 floats of both signs.
    private const uint Stride = 10007;

    public static TheoryData<string, float, float, double> Functions() => new()
    {
        { "exp", -104f, 88.72283f, 1.25 },
        { "log", float.Epsilon, float.MaxValue, 1.0 },
        { "exp bounded", -87f, 88f, 1.25 },
        { "log of normal", 1.17549435e-38f, float.MaxValue, 1.0 },
        { "tanh", float.MinValue, float.MaxValue, 2.0 },
        { "sigmoid", -103f, float.MaxValue, 3.0 },
        { "erf", float.MinValue, float.MaxValue, 2.0 },
        { "sin", -65536f, 65536f, 1.5 },
        { "cos", -65536f, 65536f, 1.5 },
    };

    [Theory]
    [MemberData(nameof(Functions))]
    public void Error_stays_within_the_stated_ulp(string name, float lowest, float highest, double ulpMax)
    {
        var function = Scalar(name);
        var oracle = Oracle(name);
        var worst = 0.0;
        var worstAt = 0f;
        var count = 0;
        for (var bits = 0UL; bits <= uint.MaxValue; bits += Stride)
        {
            var x = BitConverter.UInt32BitsToSingle((uint)bits);
            if (!(x >= lowest && x <= highest))
            {
                continue;
            }

            var exact = oracle(x);
            var ulp = MathF.BitIncrement((float)Math.Abs(exact)) - (double)(float)Math.Abs(exact);
            var error = Math.Abs(function(x) - exact) / ulp;
            count++;
            if (!(error <= worst))
            {
                (worst, worstAt) = (error, x);
            }
        }

        Assert.True(count > 100_000, $"only {count} floats in the range");
        Assert.True(worst <= ulpMax, $"{name}: {worst:F3} ulp at {worstAt:R}, stated {ulpMax}; got {function(worstAt):R}, exact {oracle(worstAt):R}");
    }

    [Fact]
    public void Cheap_forms_have_the_bits_of_the_full_ones_or_stop_at_their_ends()
    {
        for (var x = 1.2e-38f; x < 1e38f; x *= 1.37f) Assert.Equal(ScalarMath.Log(x), ScalarMath.LogOfNormal(x));
        for (var x = -86f; x < 87.5f; x += 0.173f) Assert.Equal(ScalarMath.Exp(x), ScalarMath.ExpBounded(x));
        Assert.Equal(ScalarMath.ExpBounded(-87), ScalarMath.ExpBounded(float.NegativeInfinity));
        Assert.Equal(ScalarMath.ExpBounded(88), ScalarMath.ExpBounded(1e30f));
        Assert.Equal(2f, ScalarMath.Larger(float.NaN, 2));
        Assert.Equal(2f, ScalarMath.Smaller(float.NaN, 2));
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Lanes_equal_scalars_for_every_class_of_float(string name, float lowest, float highest, double ulpMax)
    {
        Assert.True(lowest < highest && ulpMax > 0);
        var function = Scalar(name);
        var lanes = LaneForm(name);
        var source = new float[Lanes.Count];
        for (var bits = 0UL; bits <= uint.MaxValue - (16 * Stride); bits += 16 * Stride)
        {
            for (var lane = 0; lane < source.Length; lane++)
            {
                source[lane] = BitConverter.UInt32BitsToSingle((uint)(bits + ((uint)lane * Stride)));
            }

            var actual = lanes(Vector512.Create(source));
            for (var lane = 0; lane < source.Length; lane++)
            {
                var expected = function(source[lane]);
                if (BitConverter.SingleToUInt32Bits(expected) != BitConverter.SingleToUInt32Bits(actual[lane]) && !(float.IsNaN(expected) && float.IsNaN(actual[lane])))
                {
                    Assert.Fail($"{name}({source[lane]:R}): scalar {expected:R}, lane {actual[lane]:R}");
                }
            }
        }
    }

    [Theory]
    [InlineData("exp", float.NaN, float.NaN)]
    [InlineData("exp", float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData("exp", float.NegativeInfinity, 0f)]
    [InlineData("exp", 88.8f, float.PositiveInfinity)]
    [InlineData("exp", -104f, 0f)]
    [InlineData("exp", 0f, 1f)]
    [InlineData("log", float.NaN, float.NaN)]
    [InlineData("log", -1f, float.NaN)]
    [InlineData("log", float.NegativeInfinity, float.NaN)]
    [InlineData("log", 0f, float.NegativeInfinity)]
    [InlineData("log", 1f, 0f)]
    [InlineData("log", float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData("tanh", float.NaN, float.NaN)]
    [InlineData("tanh", float.NegativeInfinity, -1f)]
    [InlineData("tanh", float.PositiveInfinity, 1f)]
    [InlineData("tanh", -0f, -0f)]
    [InlineData("tanh", float.Epsilon, float.Epsilon)]
    [InlineData("sigmoid", float.NaN, float.NaN)]
    [InlineData("sigmoid", float.NegativeInfinity, 0f)]
    [InlineData("sigmoid", float.PositiveInfinity, 1f)]
    [InlineData("sigmoid", 0f, 0.5f)]
    [InlineData("erf", float.NaN, float.NaN)]
    [InlineData("erf", float.NegativeInfinity, -1f)]
    [InlineData("erf", float.PositiveInfinity, 1f)]
    [InlineData("erf", -0f, -0f)]
    [InlineData("sin", float.NaN, float.NaN)]
    [InlineData("sin", float.PositiveInfinity, float.NaN)]
    [InlineData("sin", 65537f, float.NaN)]
    [InlineData("sin", -0f, 0f)]
    [InlineData("cos", float.NaN, float.NaN)]
    [InlineData("cos", float.NegativeInfinity, float.NaN)]
    [InlineData("cos", -65537f, float.NaN)]
    [InlineData("cos", 0f, 1f)]
    public void Special_values_are_defined(string name, float x, float expected)
    {
        var scalar = Scalar(name)(x);
        var lane = LaneForm(name)(Vector512.Create(x))[3];
        Assert.True(Same(expected, scalar), $"scalar {scalar:R}");
        Assert.True(Same(expected, lane), $"lane {lane:R}");
    }

    [Fact]
    public void Negative_zero_is_defined()
    {
        Assert.True(Same(1f, ScalarMath.Exp(-0f)));
        Assert.Equal(float.NegativeInfinity, ScalarMath.Log(-0f));
        Assert.True(Same(0.5f, ScalarMath.Sigmoid(-0f)));
        Assert.True(Same(-0f, ScalarMath.Tanh(-0f)));
        Assert.True(Same(-0f, ScalarMath.Erf(-0f)));
        Assert.True(Same(0f, ScalarMath.Sin(-0f)));
        Assert.True(Same(1f, ScalarMath.Cos(-0f)));
    }

    private static bool Same(float expected, float actual) => float.IsNaN(expected)
        ? float.IsNaN(actual)
        : BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(actual);

    private static Func<float, float> Scalar(string name) => name switch
    {
        "exp" => ScalarMath.Exp,
        "log" => ScalarMath.Log,
        "exp bounded" => ScalarMath.ExpBounded,
        "log of normal" => ScalarMath.LogOfNormal,
        "tanh" => ScalarMath.Tanh,
        "sigmoid" => ScalarMath.Sigmoid,
        "erf" => ScalarMath.Erf,
        "sin" => ScalarMath.Sin,
        _ => ScalarMath.Cos,
    };

    private static Func<Vector512<float>, Vector512<float>> LaneForm(string name) => name switch
    {
        "exp" => LaneMath.Exp,
        "log" => LaneMath.Log,
        "exp bounded" => LaneMath.ExpBounded,
        "log of normal" => LaneMath.LogOfNormal,
        "tanh" => LaneMath.Tanh,
        "sigmoid" => LaneMath.Sigmoid,
        "erf" => LaneMath.Erf,
        "sin" => LaneMath.Sin,
        _ => LaneMath.Cos,
    };

    private static Func<double, double> Oracle(string name) => name switch
    {
        "exp" or "exp bounded" => Math.Exp,
        "log" or "log of normal" => Math.Log,
        "tanh" => Math.Tanh,
        "sigmoid" => x => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x)),
        "erf" => NormalOracle.Erf,
        "sin" => Math.Sin,
        _ => Math.Cos,
    };
}
