using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tests.Digital;

/// <summary>Addressed test inputs and a double-precision erf.</summary>
internal static class DigitalSamples
{
    private static readonly RandomKey Key = RandomKey.Derive(new TileIdentity(20_26, 1), RandomStream.Data, 0);

    /// <summary>Normal values times a spread; the case number selects another set.</summary>
    public static float[] Normals(int length, int testCase, float spread = 1f)
    {
        var values = new float[length];
        RandomField.Normals(Key, new DrawAddress((uint)testCase, 0, 0), 0, values);
        for (var i = 0; i < length; i++)
        {
            values[i] *= spread;
        }

        return values;
    }

    public static int[] Labels(int length, int classes, int testCase)
    {
        var words = new uint[length];
        RandomField.Words(Key, new DrawAddress((uint)testCase, 1, 0), 0, words);
        return [.. words.Select(word => (int)(word % (uint)classes))];
    }

    /// <summary>Equal bits, NaN and signed zeros included.</summary>
    public static void AssertSameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]),
                $"element {i}: expected {expected[i]:R}, got {actual[i]:R}");
        }
    }

    public static void AssertClose(double expected, double actual, double relative, double absolute, string what) =>
        Assert.True(
            Math.Abs(expected - actual) <= (relative * Math.Abs(expected)) + absolute,
            $"{what}: expected {expected:R}, got {actual:R}");

    /// <summary>erf(x) = 2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!: all terms of one sign, so nothing cancels.</summary>
    public static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
            return Math.Sign(x);
        var term = x;
        var sum = x;
        for (var n = 1; n < 200; n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
