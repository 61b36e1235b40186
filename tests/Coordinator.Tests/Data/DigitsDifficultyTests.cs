using Tessera.Coordination.Data;
using Tessera.Kernels.Digital;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Xunit.Abstractions;

namespace Tessera.Coordination.Tests.Data;

/// <summary>The digits are hard enough to tell a linear classifier from a network, and a network learns them.</summary>
[Collection(DigitsCollection.Name)]
public class DigitsDifficultyTests(DigitsFixture digits, ITestOutputHelper output)
{
    private const int Batch = 20;
    private const int Chunk = 250;

    [Fact]
    public void A_linear_classifier_stays_under_93_percent()
    {
        using var network = new Classifier([784, 10]);
        float[] rates = [0.2f, 0.1f, 0.03f, 0.01f];
        var best = 0.0;
        for (var epoch = 0; epoch < rates.Length; epoch++)
        {
            network.Train(digits.Data.Train, epoch, rates[epoch]);
            var accuracy = network.Accuracy(digits.Data.Test);
            output.WriteLine($"linear, epoch {epoch}: {accuracy:P2}");
            best = Math.Max(best, accuracy);
        }

        Assert.InRange(best, 0.80, 0.93);
    }

    [Fact]
    public void A_perceptron_with_two_hidden_layers_passes_97_percent()
    {
        using var network = new Classifier([784, 256, 128, 10]);
        float[] rates = [0.1f, 0.05f];
        for (var epoch = 0; epoch < rates.Length; epoch++)
        {
            network.Train(digits.Data.Train, epoch, rates[epoch]);
            output.WriteLine($"784-256-128-10, epoch {epoch}: {network.Accuracy(digits.Data.Test):P2}");
        }

        Assert.InRange(network.Accuracy(digits.Data.Test), 0.97, 1);
    }

    /// <summary>Linear layers with tanh between them and a cross-entropy loss, trained with plain SGD.</summary>
    private sealed class Classifier : IDisposable
    {
        private readonly List<IDigitalOperator> _stages = [];
        private readonly List<float[]> _activations = [];
        private readonly List<float[]> _gradients = [];
        private readonly CrossEntropyLoss _loss;
        private readonly int[] _labels = new int[Chunk];

        public Classifier(int[] sizes)
        {
            _activations.Add(new float[sizes[0] * Chunk]);
            for (var layer = 0; layer + 1 < sizes.Length; layer++)
            {
                Append(new LinearOperator(sizes[layer], sizes[layer + 1], true, new TileIdentity(3, (uint)layer)));
                if (layer + 2 < sizes.Length)
                {
                    Append(new ActivationOperator<TanhActivation>(sizes[layer + 1], default));
                }
            }

            _loss = new CrossEntropyLoss(sizes[^1]);
        }

        public void Train(SampleSet samples, int epoch, float rate)
        {
            var order = new int[samples.Count];
            EpochOrder.Fill(3, epoch, order);
            for (var first = 0; first + Batch <= order.Length; first += Batch)
            {
                Forward(samples, order.AsSpan(first, Batch), ReadPhase.Training);
                _loss.Backward(_activations[^1], _labels, _gradients[^1], Batch, Batch);
                for (var i = _stages.Count - 1; i >= 0; i--)
                {
                    var dx = i == 0 ? default : _gradients[i - 1].AsSpan();
                    _stages[i].Backward(default, _activations[i], _activations[i + 1], _gradients[i], dx, Batch);
                    foreach (var parameter in _stages[i].Parameters)
                    {
                        parameter.Step(new SGD(rate));
                        parameter.ClearGradients();
                    }
                }
            }
        }

        public double Accuracy(SampleSet samples)
        {
            int[] indices = [.. Enumerable.Range(0, samples.Count)];
            var right = 0;
            for (var first = 0; first < indices.Length; first += Chunk)
            {
                Forward(samples, indices.AsSpan(first, Chunk), ReadPhase.Evaluation);
                for (var b = 0; b < Chunk; b++)
                {
                    var scores = _activations[^1].AsSpan(b * _loss.Features, _loss.Features);
                    var best = 0;
                    for (var j = 1; j < scores.Length; j++)
                    {
                        best = scores[j] > scores[best] ? j : best;
                    }

                    right += best == _labels[b] ? 1 : 0;
                }
            }

            return right / (double)samples.Count;
        }

        public void Dispose()
        {
            foreach (var stage in _stages)
            {
                stage.Dispose();
            }
        }

        private void Append(IDigitalOperator stage)
        {
            _stages.Add(stage);
            _activations.Add(new float[stage.OutFeatures * Chunk]);
            _gradients.Add(new float[stage.OutFeatures * Chunk]);
        }

        private void Forward(SampleSet samples, ReadOnlySpan<int> indices, ReadPhase phase)
        {
            for (var b = 0; b < indices.Length; b++)
            {
                samples.CopyFeatures(indices[b], _activations[0].AsSpan(b * samples.Features));
                _labels[b] = samples.Label(indices[b]);
            }

            for (var i = 0; i < _stages.Count; i++)
            {
                _stages[i].Forward(new ReadAddress(phase, 0, 0), _activations[i], _activations[i + 1], indices.Length);
            }
        }
    }
}
