using Tessera.Coordination.Training;
using Tessera.Kernels.Digital;
using Tessera.Protocol.Identity;

namespace Tessera.Coordination.Tests.Support;

/// <summary>A linear layer in double precision, written as in a textbook: the oracle of the training tests.</summary>
internal sealed class DoubleLinear
{
    private readonly double[,] _weights;
    private readonly double[] _bias;
    private readonly double[,] _weightGradients;
    private readonly double[] _biasGradients;

    /// <summary>Starts from the initial weights of a stage.</summary>
    public DoubleLinear(ulong seed, int stage, int inFeatures, int outFeatures)
    {
        _weights = new double[outFeatures, inFeatures];
        _bias = new double[outFeatures];
        _weightGradients = new double[outFeatures, inFeatures];
        _biasGradients = new double[outFeatures];
        var identity = StageFactory.Identity(seed, new StageId(stage));
        var row = new float[inFeatures];
        for (var i = 0; i < outFeatures; i++)
        {
            LinearInitialisation.WeightRow(identity, i, row, inFeatures);
            for (var j = 0; j < inFeatures; j++)
            {
                _weights[i, j] = row[j];
            }
        }

        var bias = new float[outFeatures];
        LinearInitialisation.Bias(identity, bias, inFeatures);
        for (var i = 0; i < outFeatures; i++)
        {
            _bias[i] = bias[i];
        }
    }

    public double[] Forward(double[] x)
    {
        var y = (double[])_bias.Clone();
        for (var i = 0; i < y.Length; i++)
        {
            for (var j = 0; j < x.Length; j++)
            {
                y[i] += _weights[i, j] * x[j];
            }
        }

        return y;
    }

    /// <summary>Adds to the gradients and returns that of the input.</summary>
    public double[] Backward(double[] x, double[] d)
    {
        var dx = new double[x.Length];
        for (var i = 0; i < d.Length; i++)
        {
            _biasGradients[i] += d[i];
            for (var j = 0; j < x.Length; j++)
            {
                _weightGradients[i, j] += d[i] * x[j];
                dx[j] += _weights[i, j] * d[i];
            }
        }

        return dx;
    }

    public void Step(double learningRate)
    {
        for (var i = 0; i < _bias.Length; i++)
        {
            _bias[i] -= learningRate * _biasGradients[i];
            _biasGradients[i] = 0;
            for (var j = 0; j < _weights.GetLength(1); j++)
            {
                _weights[i, j] -= learningRate * _weightGradients[i, j];
                _weightGradients[i, j] = 0;
            }
        }
    }

    /// <summary>Cross-entropy of scores: loss and gradient, divided by the mini-batch.</summary>
    public static (double Loss, double[] Gradient) CrossEntropy(double[] scores, int label, int batch)
    {
        var largest = scores.Max();
        var sum = scores.Sum(score => Math.Exp(score - largest));
        var gradient = scores.Select((score, k) => ((Math.Exp(score - largest) / sum) - (k == label ? 1 : 0)) / batch).ToArray();
        return (-(scores[label] - largest - Math.Log(sum)) / batch, gradient);
    }
}
