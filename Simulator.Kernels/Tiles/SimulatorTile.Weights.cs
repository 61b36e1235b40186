namespace Tessera.Kernels.Tiles;

/// <content>Setting and reading logical weights and scales (spec tile-api, sections 5.1 and 5.2).</content>
public abstract partial class SimulatorTile
{
    private static readonly SetWeightsOptions DefaultSetWeights = new();

    /// <inheritdoc/>
    public void SetWeights(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias) => SetWeights(weights, bias, DefaultSetWeights);

    /// <summary>Sets the logical weights.</summary>
    /// <param name="weights">[OutSize, InSize], row-major, finite.</param>
    /// <param name="bias">[OutSize] with an analog bias column; [OutSize] or empty with a digital bias; otherwise empty.</param>
    /// <param name="options">Scaling and address.</param>
    public void SetWeights(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, SetWeightsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckWeights(weights, bias);
        var omega = options.WeightScalingOmega ?? _mapping.WeightScalingOmega;
        if (!(omega >= 0) || !float.IsFinite(omega))
        {
            throw Refuse("weight_scaling_omega", Text(omega), "a finite number, 0 or more");
        }

        var scales = options.ApplyWeightScaling && omega > 0;
        if (!scales)
        {
            RequireRange("weights", weights);
            RequireRange("bias", Shape.AnalogBias ? bias : []);
        }

        using var state = OpenState();
        bias[..Math.Min(bias.Length, _bias.Length)].CopyTo(_bias);
        for (var row = 0; row < Shape.OutSize; row++)
        {
            weights.Slice(row * Shape.InSize, Shape.InSize).CopyTo(_weights.Row(row));
            if (Shape.AnalogBias)
            {
                _weights.Row(row)[Shape.InSize] = bias[row];
            }
        }

        if (scales)
        {
            ScaleWeights(omega);
        }

        _devices.OnSetWeights(_weights, options.Step);
        RoundGiven();
    }

    /// <summary>Copies the logical weights.</summary>
    /// <param name="weights">[OutSize, InSize], overwritten.</param>
    /// <param name="bias">[OutSize] where the tile has a bias of either kind, or empty to leave it out.</param>
    /// <param name="applyWeightScaling">Whether rows (and the analog bias) are multiplied by the scales. Default true.</param>
    public void GetWeights(Span<float> weights, Span<float> bias, bool applyWeightScaling = true)
    {
        RequireLength("weights", weights.Length, Shape.OutSize, Shape.InSize);
        if (bias.Length != 0 && (bias.Length != Shape.OutSize || !HasBias))
        {
            throw Refuse("bias", $"{bias.Length} values", HasBias ? $"{Shape.OutSize} or none" : "none: this tile has no bias");
        }

        using var state = OpenWeights();
        for (var row = 0; row < Shape.OutSize; row++)
        {
            var source = _weights.Row(row);
            var factor = applyWeightScaling ? _scales.Total(row) : 1.0f;
            for (var column = 0; column < Shape.InSize; column++)
            {
                weights[(row * Shape.InSize) + column] = source[column] * factor;
            }

            if (bias.Length > 0)
            {
                bias[row] = Shape.AnalogBias ? source[Shape.InSize] * factor : _bias[row];
            }
        }
    }

    /// <summary>Rescales so that the largest stored weight is omega; the logical weights stay (spec tile-api, section 5.2).</summary>
    /// <param name="omega">Largest magnitude; null takes the configuration's. Default 1.</param>
    /// <param name="step">Step in the address of the device's reaction.</param>
    public void RemapWeights(float? omega = 1.0f, ulong step = 0)
    {
        var weights = new float[Shape.OutSize * Shape.InSize];
        var bias = new float[HasBias ? Shape.OutSize : 0];
        GetWeights(weights, bias);
        SetWeights(weights, bias, new SetWeightsOptions { WeightScalingOmega = omega, Step = step });
    }

    /// <summary>[OutSize] mapping scales, 1 where there are none.</summary>
    public float[] GetMappingScales() => _scales.Mapping.ToArray();

    /// <summary>Replaces the mapping scales by one value for all outputs or one for each.</summary>
    public void SetMappingScales(ReadOnlySpan<float> scales)
    {
        RequireScales("mapping_scales", scales, allowsScalar: true, Shape.OutSize);
        _scales.SetMapping(scales);
    }

    /// <summary>[1 or OutSize] learned scales; empty without <c>learn_out_scaling</c>.</summary>
    public float[] GetLearnedOutScales() => _scales.LearnedState.ToArray();

    /// <summary>Replaces the learned scales; without <c>learn_out_scaling</c> nothing happens, as in aihwkit.</summary>
    public void SetLearnedOutScales(ReadOnlySpan<float> scales)
    {
        if (_scales.Learns)
        {
            RequireScales("out_scaling_alpha", scales, allowsScalar: false, _scales.LearnedState.Length);
            _scales.SetLearned(scales);
        }
    }

    /// <summary>[OutSize] product of mapping and learned scales.</summary>
    public float[] GetScales()
    {
        var scales = new float[Shape.OutSize];
        for (var output = 0; output < scales.Length; output++)
        {
            scales[output] = _scales.Total(output);
        }

        return scales;
    }

    private bool HasBias => Shape.AnalogBias || _bias.Length > 0;

    private void CheckWeights(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias)
    {
        RequireLength("weights", weights.Length, Shape.OutSize, Shape.InSize);
        var needsBias = Shape.AnalogBias && bias.Length != Shape.OutSize;
        if (needsBias || (bias.Length != 0 && (!HasBias || bias.Length != Shape.OutSize)))
        {
            throw Refuse("bias", $"{bias.Length} values", HasBias ? $"{Shape.OutSize}" : "none: this tile has no bias");
        }

        RequireFinite("weights", weights);
        RequireFinite("bias", bias);
    }

    private void ScaleWeights(float omega)
    {
        var scales = new float[Shape.OutSize];
        var largest = 0.0f;
        for (var row = 0; row < scales.Length; row++)
        {
            scales[row] = RowSweep.AbsMax(_weights.Row(row));
            largest = MathF.Max(largest, scales[row]);
        }

        for (var row = 0; row < scales.Length; row++)
        {
            var scale = (_mapping.WeightScalingColumnwise ? scales[row] : largest) / omega;
            scales[row] = scale > 0 ? scale : 1.0f;
            foreach (ref var value in _weights.Row(row))
            {
                value /= scales[row];
            }
        }

        _scales.SetScales(scales);
    }

    private void RequireScales(string name, ReadOnlySpan<float> scales, bool allowsScalar, int expected)
    {
        if (scales.Length != expected && !(allowsScalar && scales.Length == 1))
        {
            throw Refuse(name, $"{scales.Length} values", allowsScalar ? $"1 or {expected}" : $"{expected}");
        }

        RequireFinite(name, scales);
    }
}
