using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Tests.Support;
using Tessera.Coordination.Training;

namespace Tessera.Coordination.Tests.Training;

/// <summary>The training loop against stochastic gradient descent in double precision.</summary>
public class TrainingOracleTests
{
    private const int Samples = 43;

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(5, true)]
    public void An_mlp_follows_gradient_descent(int maxSize, bool digitalBias)
    {
        var config = Networks.Mlp(maxSize, epochs: 3, digitalBias: digitalBias);
        var hidden = new DoubleLinear(config.Seed, 1, Networks.Features, 12);
        var output = new DoubleLinear(config.Seed, 3, 12, Networks.Classes);
        var expected = Descend(config, (x, label, batch) =>
        {
            var h = hidden.Forward(x).Select(Math.Tanh).ToArray();
            var (loss, d) = DoubleLinear.CrossEntropy(output.Forward(h), label, batch);
            var dh = output.Backward(h, d);
            hidden.Backward(x, [.. dh.Select((value, i) => value * (1 - (h[i] * h[i])))]);
            return loss;
        }, hidden, output);

        AssertFollows(expected, config);
    }

    [Fact]
    public void Branches_add_their_gradients()
    {
        var config = Networks.Branched() with { Training = Networks.Branched().Training with { Epochs = 20 } };
        var trunk = new DoubleLinear(config.Seed, 1, Networks.Features, 9);
        var left = new DoubleLinear(config.Seed, 3, 9, 7);
        var right = new DoubleLinear(config.Seed, 4, 9, 7);
        var output = new DoubleLinear(config.Seed, 7, 7, Networks.Classes);
        var expected = Descend(config, (x, label, batch) =>
        {
            var a = trunk.Forward(x).Select(z => 1 / (1 + Math.Exp(-z))).ToArray();
            var l = left.Forward(a);
            var r = right.Forward(a);
            double[] sum = [.. l.Select((value, i) => value + r[i])];
            var (loss, d) = DoubleLinear.CrossEntropy(output.Forward(sum), label, batch);
            var ds = output.Backward(sum, d);
            var dl = left.Backward(a, ds);
            var dr = right.Backward(a, ds);
            trunk.Backward(x, [.. a.Select((value, i) => (dl[i] + dr[i]) * value * (1 - value))]);
            return loss;
        }, trunk, left, right, output);

        AssertFollows(expected, config);
    }

    [Fact]
    public void Numbers_of_fewer_bits_pass_their_gradient_straight_through()
    {
        var config = Networks.Mlp(maxSize: 5, epochs: 6);
        var layers = config.Network.Layers.ToList();
        layers.Insert(2, new LayerConfig { Type = LayerKind.FloatPrecisionCast, Exponent = 5, Mantissa = 3 });
        config = config with { Network = config.Network with { Layers = layers } };
        var hidden = new DoubleLinear(config.Seed, 1, Networks.Features, 12);
        var output = new DoubleLinear(config.Seed, 4, 12, Networks.Classes);
        var expected = Descend(config, (x, label, batch) =>
        {
            var h = hidden.Forward(x).Select(Math.Tanh).ToArray();
            var cast = h.Select(value => ToThreeBits(value)).ToArray();
            var (loss, d) = DoubleLinear.CrossEntropy(output.Forward(cast), label, batch);
            var dh = output.Backward(cast, d);
            hidden.Backward(x, [.. dh.Select((value, i) => value * (1 - (h[i] * h[i])))]);
            return loss;
        }, hidden, output);

        AssertFollows(expected, config);

        static double ToThreeBits(double value)
        {
            var unit = Math.ScaleB(1, Math.ILogB(value) - 3);
            return value == 0 || Math.Abs(value) < Math.ScaleB(1, -14) ? 0 : Math.Round(value / unit, MidpointRounding.AwayFromZero) * unit;
        }
    }

    private static List<double> Descend(ExperimentConfig config, Func<double[], int, int, double> backpropagate, params DoubleLinear[] layers)
    {
        var samples = TinySamples.Pair(Samples, 10, Networks.Features, Networks.Classes).Train;
        var losses = new List<double>();
        var order = new int[Samples];
        for (var epoch = 0; epoch < config.Training.Epochs; epoch++)
        {
            EpochOrder.Fill(config.Seed, epoch, order);
            foreach (var batch in order.Chunk(config.Training.BatchSize))
            {
                losses.Add(batch.Sum(sample =>
                {
                    var x = new float[Networks.Features];
                    samples.CopyFeatures(sample, x);
                    return backpropagate([.. x.Select(value => (double)value)], samples.Label(sample), batch.Length);
                }));
                foreach (var layer in layers)
                {
                    layer.Step(config.Training.LearningRate);
                }
            }
        }

        return losses;
    }

    private static void AssertFollows(List<double> expected, ExperimentConfig config)
    {
        var data = TinySamples.Pair(Samples, 10, Networks.Features, Networks.Classes);
        var run = TrainedRun.Of(config, data, new RunOptions { Threads = 2 }, Networks.Perfect);

        Assert.Equal(expected.Count, run.Losses.Length);
        for (var step = 0; step < expected.Count; step++)
        {
            Assert.InRange(run.Losses[step], expected[step] - 2e-5, expected[step] + 2e-5);
        }

        Assert.True(expected.TakeLast(5).Average() < expected.Take(5).Average() - 0.02, "The oracle itself should have learned, or the comparison says little.");
    }
}
