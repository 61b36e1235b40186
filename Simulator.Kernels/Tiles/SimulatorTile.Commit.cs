namespace Tessera.Kernels.Tiles;

/// <content>What changes training state.</content>
public abstract partial class SimulatorTile
{
    private float[] _updateInput = [];
    private float[] _updateGradient = [];

    /// <inheritdoc/>
    public void Commit(ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        RequireBatch(batch, 0);
        CheckPairs(x, d, batch);
        if (_scales.Learns && batch > 0 && !_record.Holds(step, 0, batch))
        {
            throw Refuse("step", $"step {step} without the forward outputs of all {batch} vectors", "the training reads of the step first: repeat them, then commit");
        }

        RequireRangeRecord(step, learningRate, batch);
        LearningRate = learningRate;
        var dense = DenseInput(x, batch);
        StepInputRange(learningRate, dense, batch);
        var input = UpdateInput(dense, batch);
        var gradient = _options.OutTrans ? Transposed(ref _outputScratch, d, Shape.OutSize, batch) : d;
        var pulsed = UpdateGradient(gradient, batch);
        StepDigital(learningRate, gradient, batch);
        _forward.CommitStatistics(step);
        _backward.CommitStatistics(step);
        using var state = OpenState();
        UpdateDevices(step, input, pulsed, batch);
        FinishUpdate(step);
    }

    /// <summary>The devices' part of a commit alone: W -= learning rate times the sum of d x^T on average, with <see cref="LearningRate"/>.</summary>
    /// <param name="step">Mini-batch counter in the addresses of the pulses.</param>
    /// <param name="x">[batch, InSize] forward inputs.</param>
    /// <param name="d">[batch, OutSize] gradients at the output.</param>
    /// <param name="batch">Vectors, 1 or more.</param>
    public void Update(ulong step, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        RequireBatch(batch, 1);
        CheckPairs(x, d, batch);
        var input = UpdateInput(DenseInput(x, batch), batch);
        var gradient = _options.OutTrans ? Transposed(ref _outputScratch, d, Shape.OutSize, batch) : d;
        using var state = OpenState();
        UpdateDevices(step, input, UpdateGradient(gradient, batch), batch);
    }

    /// <summary>Diffusion, then decay, as far as the device has them.</summary>
    public void PostUpdateStep(ulong step)
    {
        using var state = OpenState();
        FinishUpdate(step);
    }

    private void FinishUpdate(ulong step)
    {
        if (_devices.PostUpdateStep(_weights, step)) RoundState(StateChange.PostUpdate, step);
    }

    /// <summary>Decay by alpha times the devices' rates. Default of aihwkit: 1.</summary>
    public void DecayWeights(ulong step, float alpha = 1.0f)
    {
        using var state = OpenState();
        _devices.Decay(_weights, alpha, step);
        RoundState(StateChange.Decay, step);
    }

    /// <summary>One step of the devices' random walk.</summary>
    public void DiffuseWeights(ulong step)
    {
        using var state = OpenState();
        _devices.Diffuse(_weights, step);
        RoundState(StateChange.Diffusion, step);
    }

    /// <summary>Lets the weights drift for a time; nothing happens where the device has no drift.</summary>
    /// <param name="step">Step in the address of the draws.</param>
    /// <param name="deltaTime">Time since the last call, in units of <c>drift.t_0</c>. Default 1.</param>
    public void DriftWeights(ulong step, float deltaTime = 1.0f)
    {
        if (!(deltaTime >= 0) || !float.IsFinite(deltaTime))
        {
            throw Refuse(nameof(deltaTime), Text(deltaTime), "a finite time of 0 or more");
        }

        using var state = OpenState();
        _devices.Drift(_weights, deltaTime, step);
        RoundState(StateChange.Drift, step);
        if (IsHalf)
        {
            _devices.RememberDrift(_weights);
        }
    }

    /// <summary>Clips to the device bounds and to +- limit.</summary>
    public void ClipWeights(ulong step, float limit)
    {
        using var state = OpenState();
        _devices.ClipWeights(_weights, limit, step);
        RoundState(StateChange.Clip, step);
    }

    /// <summary>Resets columns of the crossbar (the bias column is not exempt), wrapping around; each device with the given probability.</summary>
    /// <param name="step">Step in the address of the draws.</param>
    /// <param name="startColumn">First column. Default 0.</param>
    /// <param name="columns">Columns; negative means all. Default 1.</param>
    /// <param name="probability">0 to 1. Default 1.</param>
    public void ResetColumns(ulong step, int startColumn = 0, int columns = 1, float probability = 1.0f)
    {
        if (startColumn < 0 || startColumn >= Shape.XSize)
        {
            throw Refuse(nameof(startColumn), $"{startColumn}", $"0 to {Shape.XSize - 1}");
        }

        if (!(probability >= 0 && probability <= 1))
        {
            throw Refuse(nameof(probability), Text(probability), "a probability from 0 to 1");
        }

        using var state = OpenState();
        _devices.ResetColumns(_weights, startColumn, columns, probability, step);
        RoundState(StateChange.Reset, step);
    }

    /// <summary>Resets all devices with the given probability.</summary>
    public void Reset(ulong step, float probability = 1.0f) => ResetColumns(step, 0, -1, probability);

    private void CheckPairs(ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        RequireLength("x", x.Length, batch, Shape.InSize);
        RequireLength("d", d.Length, batch, Shape.OutSize);
        RequireFinite("x", x);
        RequireFinite("d", d);
    }

    private void UpdateDevices(ulong step, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        if (batch == 0 || _learningRate == 0)
        {
            return;
        }

        var rate = _learningRate * _scales.LearningRateFactor;
        if (!IsHalf)
        {
            _devices.Update(_weights, step, rate, x, d, batch);
            return;
        }

        for (var vector = 0; vector < batch; vector++)
        {
            var input = x.Slice(vector * Shape.XSize, Shape.XSize);
            var gradient = d.Slice(vector * Shape.DSize, Shape.DSize);
            _devices.UpdatePart(_weights, step, rate, input, gradient, batch: 1, vector, batch);
            RoundState(StateChange.Update, step, vector);
        }
    }

    /// <summary>[batch, InSize] inputs, however they are laid out.</summary>
    private ReadOnlySpan<float> DenseInput(ReadOnlySpan<float> x, int batch) =>
        _options.InTrans ? Transposed(ref _inputScratch, x, Shape.InSize, batch) : x;

    /// <summary>[batch, XSize] inputs within the input range as it is now, with the constant 1 where there is a bias column.</summary>
    private ReadOnlySpan<float> UpdateInput(ReadOnlySpan<float> x, int batch)
    {
        var input = Normalised(x);
        if (!Shape.AnalogBias)
        {
            return input;
        }

        var (width, size) = (Shape.InSize, Shape.XSize);
        var extended = Need(ref _updateInput, batch * size);
        for (var vector = 0; vector < batch; vector++)
        {
            input.Slice(vector * width, width).CopyTo(extended[(vector * size)..]);
            extended[(vector * size) + width] = 1.0f;
        }

        return extended;
    }

    /// <summary>d a / (s c), with the learned scale as the forward read used it.</summary>
    private ReadOnlySpan<float> UpdateGradient(ReadOnlySpan<float> d, int batch)
    {
        if (!_scales.Learns && !_scales.Maps)
        {
            return d;
        }

        var size = Shape.OutSize;
        var scaled = Need(ref _updateGradient, batch * size);
        d.CopyTo(scaled);
        for (var vector = 0; vector < batch; vector++)
        {
            var row = scaled.Slice(vector * size, size);
            if (_scales.Learns)
            {
                RowSweep.Multiply(row, _scales.Learned, row);
            }

            if (_scales.Maps)
            {
                RowSweep.Divide(row, _scales.UpdateDivisor, row);
            }
        }

        return scaled;
    }

    /// <summary>Gradient descent on the learned scale and the digital bias; gradients are sums over samples in order.</summary>
    private void StepDigital(float learningRate, ReadOnlySpan<float> d, int batch)
    {
        if (batch == 0 || learningRate == 0)
        {
            return;
        }

        if (_scales.Learns)
        {
            _scales.Step(learningRate, _record.Outputs(batch), d, batch);
        }

        if (_bias.Length > 0)
        {
            _biasGradient.AsSpan().Clear();
            for (var vector = 0; vector < batch; vector++)
            {
                RowSweep.Add(d.Slice(vector * _bias.Length, _bias.Length), _biasGradient);
            }

            for (var output = 0; output < _bias.Length; output++)
            {
                _bias[output] = MathF.FusedMultiplyAdd(-learningRate, _biasGradient[output], _bias[output]);
            }
        }
    }
}
