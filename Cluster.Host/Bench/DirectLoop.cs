using Tessera.Kernels.Configuration;
using Tessera.Kernels.Digital;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Bench;

/// <summary>
/// The training step of n-n-n with tanh, log-softmax and NLL as a plain loop over tiles and operators: no actor, no message, no mailbox. It is what the
/// same step through actors is compared with.
/// </summary>
internal sealed class DirectLoop : IDisposable
{
    private readonly int _n;
    private readonly int _batch;
    private readonly ITile _first;
    private readonly ITile _second;
    private readonly ActivationOperator<TanhActivation> _tanh;
    private readonly LogSoftmaxOperator _softmax;
    private readonly NLLLoss _loss;
    private readonly float[] _x;
    private readonly int[] _labels;
    private readonly float[] _firstBias;
    private readonly float[] _secondBias;
    private readonly float[] _biasGradient;
    private readonly float[] _sum;
    private readonly float[] _hidden;
    private readonly float[] _scores;
    private readonly float[] _output;
    private readonly float[] _gradient;
    private readonly float[] _lower;
    private readonly float[] _losses;
    private ulong _step;

    /// <summary>Builds tiles with PyTorch's initial spread of weights.</summary>
    public DirectLoop(RpuConfig physics, int n, ReadOnlySpan<float> x, ReadOnlySpan<int> labels)
    {
        _n = n;
        _batch = labels.Length;
        _first = CreateTile(physics, n, 0);
        _second = CreateTile(physics, n, 1);
        _tanh = new ActivationOperator<TanhActivation>(n, default);
        _softmax = new LogSoftmaxOperator(n);
        _loss = new NLLLoss(n);
        _x = x.ToArray();
        _labels = labels.ToArray();
        _firstBias = new float[n];
        _secondBias = new float[n];
        _biasGradient = new float[n];
        var size = n * _batch;
        _sum = new float[size];
        _hidden = new float[size];
        _scores = new float[size];
        _output = new float[size];
        _gradient = new float[size];
        _lower = new float[size];
        _losses = new float[_batch];
    }

    /// <summary>One step.</summary>
    public void Train(float learningRate)
    {
        _step++;
        var at = new ReadAddress(ReadPhase.Training, _step, 0);
        _first.Forward(at, _x, _sum, _batch);
        Bias.AddTo(_firstBias, _sum, _n, _batch);
        _tanh.Forward(at, _sum, _hidden, _batch);
        _second.Forward(at, _hidden, _scores, _batch);
        Bias.AddTo(_secondBias, _scores, _n, _batch);
        _softmax.Forward(at, _scores, _output, _batch);
        _loss.Forward(_output, _labels, _losses, _batch);
        _loss.Backward(_output, _labels, _gradient, _batch, _batch);
        _softmax.Backward(at, _scores, _output, _gradient, _gradient, _batch);
        StepBias(_secondBias, _gradient, learningRate);
        _second.Backward(at, _gradient, _lower, _batch);
        _second.Commit(_step, learningRate, _hidden, _gradient, _batch);
        _tanh.Backward(at, _sum, _hidden, _lower, _lower, _batch);
        StepBias(_firstBias, _lower, learningRate);
        _first.Commit(_step, learningRate, _x, _lower, _batch);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _tanh.Dispose();
        _softmax.Dispose();
    }

    private static ITile CreateTile(RpuConfig physics, int n, uint index)
    {
        var tile = TileFactory.Create(physics, new TileShape(n, n), new TileIdentity(1, index));
        var weights = new float[n * n];
        BenchContext.FillUniform(weights, index);
        var bound = 1 / MathF.Sqrt(n);
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] *= bound;
        }

        tile.SetWeights(weights, []);
        return tile;
    }

    private void StepBias(float[] bias, float[] gradients, float learningRate)
    {
        Array.Clear(_biasGradient);
        Bias.AccumulateGradient(_biasGradient, gradients, _n, _batch);
        for (var i = 0; i < bias.Length; i++)
        {
            bias[i] = MathF.FusedMultiplyAdd(-learningRate, _biasGradient[i], bias[i]);
        }
    }
}
