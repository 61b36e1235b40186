using Tessera.Kernels.Digital;
using Tessera.Kernels.Tiles;
using static Tessera.Kernels.Tests.Digital.DigitalSamples;

namespace Tessera.Kernels.Tests.Digital;

public class FloatPrecisionCastTests
{
    private const uint NegativeZero = 0x80000000;

    /// <summary>Exponent, mantissa, saturate_to_inf; bits before and after.</summary>
    public static TheoryData<int, int, bool, uint, uint> Patterns => new()
    {
        // bfloat16: ties go away from zero, whatever the last bit that is kept; the carry reaches the exponent, and infinity.
        { 8, 7, true, 0x3F800000, 0x3F800000 },
        { 8, 7, true, 0x3F807FFF, 0x3F800000 },
        { 8, 7, true, 0x3F808000, 0x3F810000 },
        { 8, 7, true, 0x3F818000, 0x3F820000 },
        { 8, 7, true, 0xBF808000, 0xBF810000 },
        { 8, 7, true, 0x3FFF8000, 0x40000000 },
        { 8, 7, true, 0x7F7F7FFF, 0x7F7F0000 },
        { 8, 7, true, 0x7F7F8000, 0x7F800000 },
        { 8, 7, true, 0xFF7FFFFF, 0xFF800000 },
        { 8, 7, true, 0x7F800000, 0x7F800000 },
        { 8, 7, true, 0xFF800000, 0xFF800000 },

        // It has the subnormal numbers and the negative zero of 32 bits.
        { 8, 7, true, 0x00007FFF, 0x00000000 },
        { 8, 7, true, 0x00008000, 0x00010000 },
        { 8, 7, true, 0x80128000, 0x80130000 },
        { 8, 7, true, NegativeZero, NegativeZero },
        { 8, 7, true, 0x80000001, NegativeZero },

        // Clipped, it has neither, and no infinity either.
        { 8, 7, false, 0x7F7F8000, 0x7F7F0000 },
        { 8, 7, false, 0x7F800000, 0x7F7F0000 },
        { 8, 7, false, 0xFF800000, 0xFF7F0000 },
        { 8, 7, false, 0x007F7FFF, 0x00000000 },
        { 8, 7, false, 0x007F8000, 0x00800000 },
        { 8, 7, false, 0x80128000, 0x00000000 },
        { 8, 7, false, NegativeZero, 0x00000000 },

        // 5 and 10 bits: 65504 is the largest before infinity, 2^-14 the least; 65520 is the tie between 65504 and 2^16.
        { 5, 10, true, 0x477FE000, 0x477FE000 },
        { 5, 10, true, 0x477FEFFF, 0x477FE000 },
        { 5, 10, true, 0x477FF000, 0x7F800000 },
        { 5, 10, true, 0xC7800000, 0xFF800000 },
        { 5, 10, true, 0x38800000, 0x38800000 },
        { 5, 10, true, 0x387FEFFF, 0x00000000 },
        { 5, 10, true, 0x387FF000, 0x38800000 },
        { 5, 10, true, 0xB8700000, 0x00000000 },
        { 5, 10, true, NegativeZero, 0x00000000 },
        { 5, 10, true, 0x3F801000, 0x3F802000 },
        { 5, 10, true, 0x3F800FFF, 0x3F800000 },

        // Clipped, exponent 16 holds numbers up to 2^17 - 64.
        { 5, 10, false, 0x477FF000, 0x47800000 },
        { 5, 10, false, 0x47FFE000, 0x47FFE000 },
        { 5, 10, false, 0x47FFF000, 0x47FFE000 },
        { 5, 10, false, 0x49C00000, 0x47FFE000 },
        { 5, 10, false, 0xFF800000, 0xC7FFE000 },

        // 2 and 3 bits: 1 to 3.75 in eighths of the power of two below.
        { 2, 3, true, 0x3F800000, 0x3F800000 },
        { 2, 3, true, 0x3F780000, 0x3F800000 },
        { 2, 3, true, 0x3F77FFFF, 0x00000000 },
        { 2, 3, true, 0x40700000, 0x40700000 },
        { 2, 3, true, 0x40780000, 0x7F800000 },
        { 2, 3, false, 0x40780000, 0x40800000 },
        { 2, 3, false, 0x42C80000, 0x40F00000 },

        // 22 bits of mantissa lose the last one.
        { 8, 22, true, 0x3F800001, 0x3F800002 },
        { 8, 22, true, 0x3F800002, 0x3F800002 },
    };

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Numbers_have_the_bits_worked_out_by_hand(int exponent, int mantissa, bool saturates, uint before, uint after)
    {
        var cast = new FloatPrecisionCast(exponent, mantissa, saturates);
        var x = BitConverter.UInt32BitsToSingle(before);
        AssertBits(after, cast.Forward(x), x);
        var y = new float[17];
        Elementwise.Forward(cast, Enumerable.Repeat(x, 17).ToArray(), y);
        foreach (var value in y) AssertBits(after, value, x);
    }

    [Fact]
    public void The_example_of_aihwkit_has_its_values()
    {
        float[] x = [2, 1 + (1 / 2f), 1 + (1 / 4f), 1 + (1 / 8f), 1 + (1 / 16f), 1 + (1 / 32f), 1 + (1 / 64f)];
        var y = new float[x.Length];
        Elementwise.Forward(new FloatPrecisionCast(3, 4, false), x, y);
        Assert.Equal([2f, 1.5f, 1.25f, 1.125f, 1.0625f, 1.0625f, 1f], y);
    }

    [Fact]
    public void Seven_and_eight_bits_are_bfloat16_where_there_is_no_tie()
    {
        var cast = new FloatPrecisionCast(8, 7, true);
        foreach (var bits in Bits())
        {
            if ((bits & 0xFFFF) == 0x8000) continue;
            var even = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000;
            AssertBits(even, cast.Forward(BitConverter.UInt32BitsToSingle(bits)), BitConverter.UInt32BitsToSingle(bits));
        }
    }

    [Fact]
    public void Five_and_ten_bits_are_Half_where_there_is_no_tie_and_nothing_subnormal()
    {
        var cast = new FloatPrecisionCast(5, 10, true);
        var normal = 0;
        foreach (var bits in Bits())
        {
            var x = BitConverter.UInt32BitsToSingle(bits);
            if ((bits & 0x1FFF) == 0x1000) continue;
            var half = (float)(Half)x;
            if (MathF.Abs(half) < MathF.ScaleB(1, -14))
            {
                AssertBits(0, cast.Forward(x), x);
                continue;
            }

            AssertBits(BitConverter.SingleToUInt32Bits(half), cast.Forward(x), x);
            normal += float.IsFinite(half) ? 1 : 0;
        }

        Assert.True(normal > 10_000, $"only {normal} numbers were in range");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NaN_stays_NaN(bool saturates)
    {
        foreach (var bits in new uint[] { 0x7FC00000, 0xFFC00001, 0x7F800001, 0x7FFFFFFF })
        {
            var x = BitConverter.UInt32BitsToSingle(bits);
            Assert.True(float.IsNaN(new FloatPrecisionCast(8, 7, saturates).Forward(x)));
            var y = new float[3];
            Elementwise.Forward(new FloatPrecisionCast(4, 3, saturates), [1, x, 1], y);
            Assert.True(float.IsNaN(y[1]));
        }
    }

    [Fact]
    public void Vector_and_scalar_forms_give_equal_bits_for_every_format()
    {
        var x = Bits().Where(bits => !float.IsNaN(BitConverter.UInt32BitsToSingle(bits))).Select(BitConverter.UInt32BitsToSingle).ToArray();
        var y = new float[x.Length];
        var expected = new float[x.Length];
        for (var exponent = FloatPrecisionCast.ExponentMin; exponent <= FloatPrecisionCast.ExponentMax; exponent++)
        {
            for (var mantissa = FloatPrecisionCast.MantissaMin; mantissa <= FloatPrecisionCast.MantissaMax; mantissa++)
            {
                foreach (var saturates in new[] { false, true })
                {
                    var cast = new FloatPrecisionCast(exponent, mantissa, saturates);
                    Elementwise.Forward(cast, x, y);
                    Elementwise.ForwardReference(cast, x, expected);
                    AssertSameBits(expected, y);
                    Elementwise.Forward(cast, y, expected);
                    AssertSameBits(y, expected); // what is of the format stays
                }
            }
        }
    }

    [Fact]
    public void The_gradient_passes_unchanged_and_needs_nothing_of_the_forward_pass()
    {
        using var stage = new ActivationOperator<FloatPrecisionCast>(5, new FloatPrecisionCast(3, 3, true));
        var dy = Normals(15, 4);
        var dx = new float[15];
        stage.Backward(new ReadAddress(ReadPhase.Training, 1, 0), default, default, dy, dx, 3);
        AssertSameBits(dy, dx);
        Assert.Equal(BackwardNeeds.None, stage.Needs);
    }

    [Theory]
    [InlineData(1, 7, "exponent")]
    [InlineData(9, 7, "exponent")]
    [InlineData(8, 2, "mantissa")]
    [InlineData(8, 23, "mantissa")]
    public void Formats_that_do_not_exist_are_refused_by_name(int exponent, int mantissa, string name) =>
        Assert.Contains(name, Assert.Throws<ArgumentOutOfRangeException>(() => new FloatPrecisionCast(exponent, mantissa, true)).Message);

    /// <summary>Patterns of all exponents and signs, with fractions that lie around ties of every mantissa.</summary>
    private static IEnumerable<uint> Bits()
    {
        for (uint exponent = 0; exponent < 256; exponent++)
        {
            for (uint k = 0; k < 200; k++)
            {
                var fraction = k < 100 ? (k * 0x9E3779B1u) >> 9 : (1u << (int)(k % 23)) + ((k & 3) << 21) - (k % 3);
                yield return (exponent << 23) | (fraction & 0x7FFFFF);
                yield return 0x80000000 | (exponent << 23) | (fraction & 0x7FFFFF);
            }
        }
    }

    private static void AssertBits(uint expected, float seen, float x)
    {
        var bits = BitConverter.SingleToUInt32Bits(seen);
        Assert.True(bits == expected || (float.IsNaN(x) && float.IsNaN(seen)), $"{x} became {seen} ({bits:x8}), expected {expected:x8}");
    }
}
