using Tessera.Kernels.Configuration;
using Tessera.Kernels.Inference;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <content>The passes of a read-out, and the way through the ADC (spec forward, sections 4, 6 and 10).</content>
public sealed partial class MvmReference
{
    /// <summary>One pass, or the negative and the positive inputs added before the ADC.</summary>
    private (float[] Y, bool Clipped) ReadOnce(in MvmKeys keys, in DrawAddress at, WeightMatrix weights, float[] input, float factor)
    {
        float[] y;
        if (_plan.IsAnalogSum)
        {
            y = Read(keys, at, weights, Array.ConvertAll(input, value => value < 0 ? value : 0), 0, isNegative: true);
            var positive = Read(keys, at, weights, Array.ConvertAll(input, value => value > 0 ? value : 0), 1, isNegative: false);
            for (var i = 0; i < y.Length; i++)
            {
                y[i] += positive[i];
            }
        }
        else
        {
            y = Read(keys, at, weights, input, 0, isNegative: false);
        }

        return (y, Convert(keys, at, y, 0, factor));
    }

    /// <summary>Several passes, each through the ADC, added with their weights.</summary>
    private (float[] Y, bool Clipped) ReadPhases(
        in MvmKeys keys, in DrawAddress at, WeightMatrix weights, float[] input, ReadPhase purpose, float factor)
    {
        var total = new float[_outputNoise.Length];
        var clipped = false;
        for (var pass = 0; pass < _plan.Phases.Length; pass++)
        {
            var phase = _plan.Phases[pass];
            var part = Array.ConvertAll(input, value => Part(phase, value));
            var y = _io is IOParametersIRDropT times
                ? ReadInTime(keys, at, times, weights, part, purpose, pass)
                : Read(keys, at, weights, part, pass, phase.IsNegative);
            clipped |= Convert(keys, at, y, pass, 1.0f);
            for (var i = 0; i < total.Length; i++)
            {
                total[i] = MathF.FusedMultiplyAdd(phase.Weight, y[i], total[i]);
            }
        }

        return (Array.ConvertAll(total, value => value * factor), clipped);
    }

    /// <summary>What a phase sends of one prepared input.</summary>
    private float Part(ReadoutPhase phase, float value)
    {
        var level = value / _plan.LevelWidth;
        level = _plan.HasWholeLevels ? MathF.Round(level) : level;
        float power = 1 << phase.Shift;
        return phase.Part switch
        {
            InputPart.Negative => value < 0 ? value : 0,
            InputPart.Positive => value > 0 ? value : 0,
            InputPart.LowBits => (level - (power * MathF.Truncate(level / power))) * _plan.LevelWidth,
            InputPart.HighBits => MathF.Truncate(level / power) * _plan.LevelWidth,
            InputPart.Bit => Bit(phase.Shift == 0 ? level : MathF.Truncate(level / power)) * _plan.LevelWidth,
            _ => value,
        };
    }

    private static float Bit(float level) => level - (2 * MathF.Truncate(level / 2));

    private float[] ReadInTime(
        in MvmKeys keys, in DrawAddress at, IOParametersIRDropT io, WeightMatrix weights, float[] part, ReadPhase purpose, int pass)
    {
        var values = Dense(weights, isNegative: false);
        var solves = io.IrDrop > 0 && purpose == ReadPhase.Evaluation;
        if (!io.ApplyXdepPcmReadNoise || io.XdepPcmReadNoiseScale == 0)
        {
            return solves ? IrDropReference.Read(io, values, part, _plan.Phases[pass].Times, _physicalRows) : Product(values, part);
        }

        var (proportional, constant) = PulseLengthNoises(keys, new DrawAddress(at.Step, (uint)pass, at.Event), values);
        Span<float> lanes = stackalloc float[Lanes.Count];
        lanes.Clear();
        for (var j = 0; j < part.Length; j++)
        {
            lanes[j % Lanes.Count] += MathF.Abs(part[j]);
        }

        using var noise = new PulseLengthNoise(io.XdepPcmReadNoiseScale, _plan.LevelWidth);
        var (slope, offset) = noise.Strength(LaneFold.Sum(lanes), part.Length);
        if (!solves)
        {
            var (y, p, c) = (Product(values, part), Product(proportional, part), Product(constant, part));
            for (var i = 0; i < y.Length; i++)
            {
                y[i] = MathF.FusedMultiplyAdd(slope, p[i], MathF.FusedMultiplyAdd(offset, c[i], y[i]));
            }

            return y;
        }

        for (var i = 0; i < values.GetLength(0); i++)
        {
            for (var j = 0; j < values.GetLength(1); j++)
            {
                values[i, j] = MathF.FusedMultiplyAdd(slope, proportional[i, j], MathF.FusedMultiplyAdd(offset, constant[i, j], values[i, j]));
            }
        }

        return IrDropReference.Read(io, values, part, _plan.Phases[pass].Times, _physicalRows);
    }

    /// <summary>W xi and sign(W) xi / k of every device.</summary>
    private static (float[,] Proportional, float[,] Constant) PulseLengthNoises(in MvmKeys keys, in DrawAddress at, float[,] weights)
    {
        var unit = SinglePairConductanceConverter.Default.Scale(weights.Cast<float>().Max(MathF.Abs));
        var (proportional, constant) = (new float[weights.GetLength(0), weights.GetLength(1)], new float[weights.GetLength(0), weights.GetLength(1)]);
        for (var i = 0; i < weights.GetLength(0); i++)
        {
            for (var j = 0; j < weights.GetLength(1); j++)
            {
                var normal = RandomField.NormalAt(keys.PulseLengthNoise, at, i, j);
                proportional[i, j] = weights[i, j] * normal;
                constant[i, j] = MathF.Sign(weights[i, j]) * normal / unit;
            }
        }

        return (proportional, constant);
    }

    /// <summary>Non-linearity, asymmetry, noise, ADC, clip and scale of one pass; true if an output clipped.</summary>
    private bool Convert(in MvmKeys keys, in DrawAddress at, float[] y, int pass, float factor)
    {
        var clipped = false;
        for (var i = 0; i < y.Length; i++)
        {
            var value = _array.IsNonlinear ? _slopeFactor * y[i] / (1.0f + MathF.Abs(_nonlinearities[i] * y[i])) : y[i];
            value = value < 0 ? value * _settings.OutputNegativeFactor : value;
            if (_io.OutNoise > 0 || _io.OutNoiseStd > 0)
            {
                value = MathF.FusedMultiplyAdd(_outputNoise[i], RandomField.NormalAt(keys.OutputNoise, at, pass, i), value);
            }

            if (_settings.OutputStep > 0)
            {
                var level = value / _settings.OutputStep;
                level += _settings.OutputStochastic ? RandomField.UniformAt(keys.OutputRounding, at, pass, i) - 0.5f : 0.0f;
                value = _settings.OutputStep * MathF.Round(level);
            }

            if (value > _settings.OutputBound)
            {
                value = _settings.OutputBound;
                clipped = true;
            }
            else if (value < -_settings.OutputBound)
            {
                value = -_settings.OutputBound;
                clipped = _settings.TestNegativeBound;
            }

            y[i] = value * factor;
        }

        return clipped;
    }
}
