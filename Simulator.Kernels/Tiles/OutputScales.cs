using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Tiles;

/// <summary>
/// The digital factors behind a tile's outputs: mapping scales s (never trained) and the learned scale a (spec mapping, section 4). Both are
/// held for each output; a factor of exactly 1 changes no bit, so tiles without scales skip the work.
/// </summary>
internal sealed class OutputScales
{
    private readonly float[] _mapping;
    private readonly float[] _learned;
    private readonly float[] _learnedPerOutput;
    private readonly float[] _gradient;
    private readonly float[] _updateDivisor;
    private readonly bool _compensates;

    public OutputScales(MappingParameter mapping, int outSize)
    {
        _mapping = Ones(outSize);
        _learned = mapping.LearnOutScaling ? Ones(mapping.OutScalingColumnwise ? outSize : 1) : [];
        _learnedPerOutput = Ones(outSize);
        _gradient = new float[outSize];
        _updateDivisor = Ones(outSize);
        _compensates = mapping.WeightScalingLrCompensation;
        Refresh();
    }

    /// <summary>[OutSize] mapping scales, 1 where there are none.</summary>
    public ReadOnlySpan<float> Mapping => _mapping;

    /// <summary>[OutSize] learned scales.</summary>
    public ReadOnlySpan<float> Learned => _learnedPerOutput;

    /// <summary>[1 or OutSize] learned scales as trained; empty without them.</summary>
    public ReadOnlySpan<float> LearnedState => _learned;

    /// <summary>Whether any mapping scale differs from 1.</summary>
    public bool Maps { get; private set; }

    /// <summary>Whether there is a learned scale.</summary>
    public bool Learns => _learned.Length > 0;

    /// <summary>c: the factor on the learning rate, 1 without compensation (aihwkit's <c>mapping_lr_scale</c>).</summary>
    public float LearningRateFactor { get; private set; } = 1.0f;

    /// <summary>[OutSize] s * c: what the gradient is divided by before the pulsed update.</summary>
    public ReadOnlySpan<float> UpdateDivisor => _updateDivisor;

    /// <summary>Total scale of an output: s * a.</summary>
    public float Total(int output) => _mapping[output] * _learnedPerOutput[output];

    /// <summary>Replaces the mapping scales and resets the learned ones to 1.</summary>
    public void SetScales(ReadOnlySpan<float> mapping)
    {
        SetMapping(mapping);
        _learned.AsSpan().Fill(1.0f);
        Refresh();
    }

    /// <summary>Replaces the mapping scales: one value for all outputs or one each.</summary>
    public void SetMapping(ReadOnlySpan<float> mapping)
    {
        if (mapping.Length == 1)
        {
            _mapping.AsSpan().Fill(mapping[0]);
        }
        else
        {
            mapping.CopyTo(_mapping);
        }

        Refresh();
    }

    /// <summary>Replaces the learned scales; the caller has checked the length.</summary>
    public void SetLearned(ReadOnlySpan<float> learned)
    {
        learned.CopyTo(_learned);
        Refresh();
    }

    /// <summary>
    /// One step of gradient descent on the learned scale: its gradient is the sum over samples, in order, of d times the output before the
    /// scale, by fused multiply-add; a scalar scale then sums over the outputs in ascending order.
    /// </summary>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="before">[batch, OutSize] outputs before the learned scale.</param>
    /// <param name="d">[batch, OutSize] gradients at the output.</param>
    /// <param name="batch">Samples.</param>
    public void Step(float learningRate, ReadOnlySpan<float> before, ReadOnlySpan<float> d, int batch)
    {
        var size = _gradient.Length;
        _gradient.AsSpan().Clear();
        for (var sample = 0; sample < batch; sample++)
        {
            RowSweep.MultiplyAdd(d.Slice(sample * size, size), before.Slice(sample * size, size), _gradient);
        }

        if (_learned.Length == 1)
        {
            var sum = 0.0f;
            foreach (var value in _gradient)
            {
                sum += value;
            }

            _learned[0] = MathF.FusedMultiplyAdd(-learningRate, sum, _learned[0]);
        }
        else
        {
            for (var output = 0; output < size; output++)
            {
                _learned[output] = MathF.FusedMultiplyAdd(-learningRate, _gradient[output], _learned[output]);
            }
        }

        Refresh();
    }

    public void VisitState(ITileStateVisitor visitor)
    {
        visitor.Visit("mapping_scales", 1, _mapping.Length, _mapping.Length, _mapping);
        if (Learns)
        {
            visitor.Visit("out_scaling_alpha", 1, _learned.Length, _learned.Length, _learned);
        }

        Refresh();
    }

    private void Refresh()
    {
        if (Learns)
        {
            for (var output = 0; output < _learnedPerOutput.Length; output++)
            {
                _learnedPerOutput[output] = _learned[_learned.Length == 1 ? 0 : output];
            }
        }

        var sum = 0.0;
        Maps = false;
        foreach (var scale in _mapping)
        {
            sum += scale;
            Maps |= scale != 1.0f;
        }

        LearningRateFactor = _compensates ? 1.0f / (float)(sum / _mapping.Length) : 1.0f;
        for (var output = 0; output < _mapping.Length; output++)
        {
            _updateDivisor[output] = _mapping[output] * LearningRateFactor;
        }
    }

    private static float[] Ones(int length)
    {
        var ones = new float[length];
        ones.AsSpan().Fill(1.0f);
        return ones;
    }
}
