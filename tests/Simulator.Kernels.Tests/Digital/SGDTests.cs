using Tessera.Kernels.Digital;
using Tessera.Kernels.Tiles;
using static Tessera.Kernels.Tests.Digital.DigitalSamples;

namespace Tessera.Kernels.Tests.Digital;

public class SGDTests
{
    [Theory]
    [InlineData(0.1f, 0f, 0f, false)]
    [InlineData(0.1f, 0.9f, 0f, false)]
    [InlineData(0.05f, 0.9f, 0.01f, false)]
    [InlineData(0.05f, 0.9f, 0.01f, true)]
    public void Five_steps_follow_PyTorch_in_double_precision_and_the_reference_in_bits(float rate, float momentum, float decay, bool nesterov)
    {
        const int Length = 48;
        var optimizer = new SGD(rate, momentum, decay, nesterov);
        var w = Normals(Length, 1);
        var (wReference, v, vReference) = ((float[])w.Clone(), new float[Length], new float[Length]);
        var exact = w.Select(value => (double)value).ToArray();
        double[]? velocity = null;
        for (var step = 0; step < 5; step++)
        {
            var g = Normals(Length, 10 + step);
            optimizer.Step(w, g, momentum == 0 ? default : v);
            SGDReference.Step(optimizer, wReference, g, vReference);
            var first = velocity is null;
            velocity ??= new double[Length];
            for (var i = 0; i < Length; i++)
            {
                // torch.optim.SGD: the buffer of the first step is the gradient itself.
                var d = g[i] + (decay * exact[i]);
                velocity[i] = first ? d : (momentum * velocity[i]) + d;
                exact[i] -= rate * (momentum == 0 ? d : nesterov ? d + (momentum * velocity[i]) : velocity[i]);
            }

            AssertSameBits(wReference, w);
        }

        for (var i = 0; i < Length; i++)
        {
            AssertClose(exact[i], w[i], 2e-6, 2e-6, "weight");
        }
    }

    [Fact]
    public void A_plain_step_has_the_value_computed_by_hand()
    {
        float[] w = [1f, -2f, .. new float[14]];
        float[] g = [0.5f, 4f, .. new float[14]];
        new SGD(0.25f).Step(w, g, default);
        Assert.Equal(0.875f, w[0]);
        Assert.Equal(-3f, w[1]);
        Assert.All(w[2..], value => Assert.Equal(0f, value));
    }

    [Fact]
    public void A_parameter_steps_with_its_velocity_and_names_it_in_its_state()
    {
        using var parameter = new DigitalParameter("weight", 2, 3);
        parameter.Row(1)[2] = 1f;
        parameter.Gradients[parameter.Stride + 2] = 1f;
        var optimizer = new SGD(0.5f, Momentum: 0.5f);
        parameter.Step(optimizer);
        parameter.Step(optimizer);
        Assert.Equal(1f - 0.5f - 0.75f, parameter.Row(1)[2]);
        var names = new NamesVisitor();
        parameter.VisitState(names);
        Assert.Equal(["weight", "weight.velocity"], names.Names);
        Assert.Equal(1.5f, names.Last[parameter.Stride + 2]);
    }

    [Fact]
    public void Nesterov_without_momentum_and_unequal_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new SGD(0.1f, Nesterov: true).Step(new float[16], new float[16], default));
        Assert.Throws<ArgumentException>(() => new SGD(0.1f).Step(new float[16], new float[32], default));
        Assert.Throws<ArgumentException>(() => new SGD(0.1f, 0.9f).Step(new float[16], new float[16], default));
    }

    private sealed class NamesVisitor : ITileStateVisitor
    {
        public List<string> Names { get; } = [];

        public float[] Last { get; private set; } = [];

        public void Visit(string name, int rows, int columns, int stride, Span<float> values)
        {
            Names.Add(name);
            Last = values.ToArray();
        }
    }
}
