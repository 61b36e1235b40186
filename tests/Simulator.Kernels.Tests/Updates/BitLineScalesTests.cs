using Tessera.Kernels.Configuration;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.Tests.Updates;

/// <summary>BL, A and B against values run on aihwkit's engine (spec update, section 4).</summary>
public sealed class BitLineScalesTests
{
    [Theory]
    [InlineData(0.1f, 1f, 1f, 31, true, true, true, 1f, 31, 3.22581, 1)]
    [InlineData(0.01f, 1f, 1f, 31, true, true, true, 1f, 10, 1, 1)]
    [InlineData(0.01f, 0.5f, 0.2f, 31, true, true, true, 1f, 1, 5, 2)]
    [InlineData(0.01f, 0.5f, 0.02f, 31, true, true, true, 1f, 1, 15.8114, 0.632456)]
    [InlineData(0.1f, 1f, 0.5f, 31, true, false, true, 1f, 31, 3.22581, 1)]
    [InlineData(0.1f, 1f, 0.5f, 31, false, false, true, 1f, 31, 1.79605, 1.79605)]
    [InlineData(0.1f, 1f, 0.5f, 31, false, false, false, 1f, 100, 1, 1)]
    [InlineData(0.01f, 1f, 0.5f, 31, false, false, false, 1f, 31, 0.567962, 0.567962)]
    [InlineData(0.1f, 1f, 0.5f, 31, true, true, true, 0.5f, 25, 4, 1)]
    [InlineData(0.01f, 0.5f, 0.2f, 31, true, true, true, 0.5f, 1, 7.07107, 1.41421)]
    [InlineData(0.01f, 2f, 0.2f, 10, false, true, true, 1f, 4, 5, 0.5)]
    public void Table_of_the_engine(
        float learningRate, float xMax, float dMax, int desired, bool management, bool bitLineManagement, bool fixedBl, float gradScale, int slots, double a, double b)
    {
        var update = new UpdateParameters
        {
            DesiredBl = desired,
            UpdateManagement = management,
            UpdateBlManagement = bitLineManagement,
            FixedBl = fixedBl,
            UmGradScale = gradScale,
        };
        var scales = BitLineScales.Choose(update, learningRate, 0.001f, xMax, dMax);
        Assert.Equal(slots, scales.Slots);
        Assert.Equal(a, scales.DScale, 5e-5);
        Assert.Equal(b, scales.XScale, 5e-6);
    }

    [Theory]
    [InlineData(0f, 1f, 1f)]
    [InlineData(0.1f, 0f, 1f)]
    [InlineData(0.1f, 1f, 0f)]
    [InlineData(0.1f, 1e-30f, 1e-30f)]
    public void Nothing_to_do_means_no_slots(float learningRate, float xMax, float dMax) =>
        Assert.Equal(0, BitLineScales.Choose(new UpdateParameters(), learningRate, 0.001f, xMax, dMax).Slots);

    [Theory]
    [InlineData(float.NaN, 1f)]
    [InlineData(1f, float.PositiveInfinity)]
    public void Values_that_are_not_finite_are_refused(float xMax, float dMax) =>
        Assert.Contains("finite", Assert.Throws<ArgumentException>(() => BitLineScales.Choose(new UpdateParameters(), 0.1f, 0.001f, xMax, dMax)).Message);

    [Fact]
    public void A_train_beyond_the_address_space_is_refused()
    {
        var update = new UpdateParameters { FixedBl = false, UpdateBlManagement = false, UpdateManagement = false };
        Assert.Contains("fixed_bl", Assert.Throws<ArgumentException>(() => BitLineScales.Choose(update, 1000, 0.001f, 1, 1)).Message);
    }

    [Fact]
    public void The_largest_magnitude_sees_NaN_tails_and_signs()
    {
        for (var length = 1; length < 70; length++)
        {
            var values = new float[length];
            values[length - 1] = -3;
            Assert.Equal(3, VectorMaximum.OfMagnitudes(values));
            values[length / 2] = float.NaN;
            Assert.True(float.IsNaN(VectorMaximum.OfMagnitudes(values)));
        }
    }
}
