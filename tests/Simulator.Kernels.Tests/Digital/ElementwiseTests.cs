using Tessera.Kernels.Digital;
using Tessera.Kernels.Tiles;
using static Tessera.Kernels.Tests.Digital.DigitalSamples;

namespace Tessera.Kernels.Tests.Digital;

public class ElementwiseTests
{
    [Fact]
    public void Tanh_follows_a_double_precision_oracle_and_its_derivative() => CheckOracle(default(TanhActivation), Math.Tanh);

    [Fact]
    public void Sigmoid_follows_a_double_precision_oracle_and_its_derivative() =>
        CheckOracle(default(SigmoidActivation), x => 1 / (1 + Math.Exp(-x)));

    [Fact]
    public void ReLU_follows_a_double_precision_oracle_and_its_derivative() => CheckOracle(default(ReLUActivation), x => Math.Max(x, 0));

    [Fact]
    public void LeakyReLU_follows_a_double_precision_oracle_and_its_derivative() =>
        CheckOracle(new LeakyReLUActivation(0.1f), x => x > 0 ? x : 0.1f * x);

    [Fact]
    public void GELU_follows_a_double_precision_oracle_and_its_derivative() =>
        CheckOracle(default(GELUActivation), x => 0.5 * x * (1 + Erf(x / Math.Sqrt(2))));

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(250)]
    public void Vector_and_scalar_forms_give_equal_bits(int length)
    {
        CheckBits(default(TanhActivation), length);
        CheckBits(default(SigmoidActivation), length);
        CheckBits(default(ReLUActivation), length);
        CheckBits(new LeakyReLUActivation(0.2f), length);
        CheckBits(default(GELUActivation), length);
    }

    [Theory]
    [InlineData(0f, 0f, 0.5)]
    [InlineData(1f, 0.8413447f, 1.0833155)]
    [InlineData(-1f, -0.15865526f, -0.0833155)]
    [InlineData(0.5f, 0.34573123f, 0.8674951)]
    [InlineData(2f, 1.9544997f, 1.0852318)]
    public void GELU_has_the_values_of_PyTorch(float x, float y, double derivative)
    {
        var gelu = default(GELUActivation);
        AssertClose(y, gelu.Forward(x), 3e-7, 0, "value");
        AssertClose(derivative, gelu.Backward(x, 0f, 1f), 2e-6, 1e-7, "derivative");
    }

    [Fact]
    public void At_the_kink_the_derivatives_are_those_of_PyTorch()
    {
        Assert.Equal(0f, default(ReLUActivation).Backward(0f, 0f, 1f));
        Assert.Equal(0.01f, new LeakyReLUActivation(0.01f).Backward(0f, 0f, 1f));
    }

    [Fact]
    public void NaN_is_never_swallowed()
    {
        float[] x = [float.NaN];
        var y = new float[1];
        Elementwise.Forward(default(ReLUActivation), x, y);
        Assert.True(float.IsNaN(y[0]));
        Elementwise.Forward(default(TanhActivation), x, y);
        Assert.True(float.IsNaN(y[0]));
        Elementwise.Forward(new LeakyReLUActivation(0.01f), x, y);
        Assert.True(float.IsNaN(y[0]));
    }

    [Fact]
    public void Strides_leave_the_padding_alone()
    {
        var x = Normals(2 * 16, 3);
        var y = new float[2 * 24];
        Array.Fill(y, 7f);
        Elementwise.Forward(default(TanhActivation), x, 16, y, 24, 10, 2);
        Assert.All(y[10..24], value => Assert.Equal(7f, value));
        Assert.All(y[34..], value => Assert.Equal(7f, value));
        AssertSameBits([ScalarForward(x[16])], y.AsSpan(24, 1));

        static float ScalarForward(float value) => default(TanhActivation).Forward(value);
    }

    [Fact]
    public void The_operator_works_with_only_what_it_says_it_needs()
    {
        using var stage = new ActivationOperator<TanhActivation>(5, default);
        var x = Normals(15, 4);
        var y = new float[15];
        var dx = new float[15];
        stage.Forward(default, x, y, 3);
        stage.Backward(new ReadAddress(ReadPhase.Training, 1, 0), default, y, x, dx, 3);
        Assert.Equal(BackwardNeeds.Output, stage.Needs);
        for (var i = 0; i < 15; i++)
        {
            AssertClose((1 - Math.Pow(Math.Tanh(x[i]), 2)) * x[i], dx[i], 1e-5, 1e-6, "gradient");
        }

        Assert.Throws<ArgumentException>(() => stage.Backward(default, x, default, x, dx, 3));
    }

    private static void CheckOracle<TActivation>(TActivation activation, Func<double, double> oracle)
        where TActivation : struct, IActivation
    {
        const double H = 1e-5;
        var x = new float[4001];
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = (i - 2000) * 0.004f + 0.00123f; // -8 to 8, never at the kink of ReLU
        }

        var y = new float[x.Length];
        var dx = new float[x.Length];
        var dy = new float[x.Length];
        Array.Fill(dy, -2f);
        Elementwise.Forward(activation, x, y);
        Elementwise.Backward(activation, x, y, dy, dx);
        for (var i = 0; i < x.Length; i++)
        {
            AssertClose(oracle(x[i]), y[i], 1e-6, 2e-6, $"f({x[i]})");
            var slope = (oracle(x[i] + H) - oracle(x[i] - H)) / (2 * H);
            AssertClose(-2 * slope, dx[i], 3e-6, 3e-6, $"gradient at {x[i]}");
        }
    }

    private static void CheckBits<TActivation>(TActivation activation, int length)
        where TActivation : struct, IActivation
    {
        var x = Normals(length, length, 3f);
        var dy = Normals(length, length + 1000);
        var y = new float[length];
        var dx = new float[length];
        var yReference = new float[length];
        var dxReference = new float[length];
        Elementwise.Forward(activation, x, y);
        Elementwise.ForwardReference(activation, x, yReference);
        AssertSameBits(yReference, y);
        Elementwise.Backward(activation, x, y, dy, dx);
        Elementwise.BackwardReference(activation, x, y, dy, dxReference);
        AssertSameBits(dxReference, dx);
    }
}
