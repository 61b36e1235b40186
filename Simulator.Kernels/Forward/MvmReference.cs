using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>
/// The analog product one vector and one number at a time: the plain reading of spec forward, sections 3 to 8, with the same addresses and the
/// same written order of sums as <see cref="MvmPass"/>, which equals it bit for bit. Meant to be read, not to be fast.
/// </summary>
public sealed class MvmReference
{
    private readonly ConverterSettings _settings;
    private readonly MvmDirection _direction;
    private readonly TileIdentity _tile;
    private readonly float[] _outputNoise;
    private readonly bool _hasOutputNoise;

    /// <summary>Builds the reference of one pass.</summary>
    /// <param name="io">Non-idealities.</param>
    /// <param name="direction">Forward or backward.</param>
    /// <param name="tile">Identity in the address of every draw.</param>
    /// <param name="outSize">Outputs.</param>
    public MvmReference(IOParameters io, MvmDirection direction, TileIdentity tile, int outSize)
    {
        IOParametersValidator.Require(io, direction);
        _settings = new ConverterSettings(io, direction);
        _direction = direction;
        _tile = tile;
        _outputNoise = new float[outSize];
        _hasOutputNoise = io.OutNoise > 0 || io.OutNoiseStd > 0;
        var key = RandomKey.Derive(tile, RandomStream.PeripherySpread, MvmCallSite.Of(direction));
        for (var i = 0; i < outSize; i++)
        {
            var spread = io.OutNoiseStd > 0 ? RandomField.NormalAt(key, new DrawAddress(0, 0, 0), 0, i) : 0.0f;
            _outputNoise[i] = MathF.Abs(io.OutNoise * MathF.FusedMultiplyAdd(io.OutNoiseStd, spread, 1.0f));
        }
    }

    /// <summary>The running mean of AVERAGE_ABS_MAX that the reads use.</summary>
    public float AverageAbsMax { get; set; } = 1.0f;

    /// <summary>The product of one vector.</summary>
    /// <param name="weights">The crossbar.</param>
    /// <param name="at">Address; its first vector is the one computed.</param>
    /// <param name="x">[inputs], with the bias constant where there is one.</param>
    public float[] Run(WeightMatrix weights, in ReadAddress at, ReadOnlySpan<float> x)
    {
        if (_settings.IsPerfect)
        {
            var exact = Product(weights, x);
            for (var i = 0; i < exact.Length; i++)
            {
                exact[i] *= _settings.OutScale;
            }

            return exact;
        }

        for (var round = 0; ; round++)
        {
            var type = InputScale.TypeOfRound(_settings, round);
            var alpha = InputScale.Alpha(_settings, type, Measure(x), AverageAbsMax);
            if (alpha <= 0 && _settings.ZeroWithoutScale)
            {
                return new float[_outputNoise.Length];
            }

            var scale = InputScale.Total(type, alpha, InputScale.ReductionOfRound(_settings, round));
            var keys = new MvmKeys(_tile, MvmCallSite.Of(_direction, at.Phase));
            var address = new DrawAddress(DrawAddress.PackStep(at.Step), (uint)at.FirstVector, (uint)round);
            var input = Prepare(keys, address, x, scale);
            var y = Product(weights, input);
            AddWeightNoise(keys, address, weights, input, y);
            var clipped = Finish(keys, address, y, _settings.OutScale / scale);
            if (!clipped || InputScale.IsLastRound(_settings, round))
            {
                return y;
            }
        }
    }

    private static InputExtremes Measure(ReadOnlySpan<float> x)
    {
        var (absMax, max) = (0.0f, float.NegativeInfinity);
        Span<float> positive = stackalloc float[Lanes.Count];
        Span<float> negative = stackalloc float[Lanes.Count];
        positive.Clear();
        negative.Clear();
        for (var j = 0; j < x.Length; j++)
        {
            absMax = MathF.Max(absMax, MathF.Abs(x[j]));
            max = MathF.Max(max, x[j]);
            positive[j % Lanes.Count] += MathF.Max(x[j], 0);
            negative[j % Lanes.Count] += MathF.Min(x[j], 0);
        }

        return new InputExtremes(absMax, max, LaneFold.Sum(positive), LaneFold.Sum(negative));
    }

    private float[] Prepare(in MvmKeys keys, in DrawAddress at, ReadOnlySpan<float> x, float scale)
    {
        var prepared = new float[x.Length];
        for (var j = 0; j < x.Length; j++)
        {
            var value = x[j] * scale;
            if (_settings.InputStep > 0)
            {
                var (step, inverse) = (_settings.InputStep, _settings.InputStepInverse);
                value = MathF.Max(MathF.Min(value, _settings.InputLimit), -_settings.InputLimit);
                var level = value * inverse;
                level = MathF.FusedMultiplyAdd(MathF.FusedMultiplyAdd(-level, step, value), inverse, level);
                level += _settings.InputStochastic ? RandomField.UniformAt(keys.InputRounding, at, 0, j) - 0.5f : 0.0f;
                value = _settings.InputStep * MathF.Round(level);
            }

            value = MathF.Max(MathF.Min(value, _settings.InputBound), -_settings.InputBound);
            if (_settings.InputNoise > 0)
            {
                value = MathF.FusedMultiplyAdd(_settings.InputNoise, RandomField.NormalAt(keys.InputNoise, at, 0, j), value);
            }

            prepared[j] = value < 0 ? value * _settings.InputNegativeFactor : value;
        }

        return prepared;
    }

    /// <summary>Forward: 16 fma chains over the columns and a tree. Backward: one fma chain over the rows.</summary>
    private float[] Product(WeightMatrix weights, ReadOnlySpan<float> x) =>
        _direction == MvmDirection.Forward ? ForwardProduct(weights, x, magnitudes: false) : BackwardProduct(weights, x, magnitudes: false);

    private static float[] ForwardProduct(WeightMatrix weights, ReadOnlySpan<float> x, bool magnitudes)
    {
        var y = new float[weights.Rows];
        Span<float> lanes = stackalloc float[Lanes.Count];
        for (var i = 0; i < y.Length; i++)
        {
            lanes.Clear();
            var row = weights.Row(i);
            for (var j = 0; j < x.Length; j++)
            {
                var weight = magnitudes ? MathF.Abs(row[j]) : row[j];
                lanes[j % Lanes.Count] = MathF.FusedMultiplyAdd(weight, x[j], lanes[j % Lanes.Count]);
            }

            y[i] = LaneFold.Sum(lanes);
        }

        return y;
    }

    private static float[] BackwardProduct(WeightMatrix weights, ReadOnlySpan<float> d, bool magnitudes)
    {
        var x = new float[weights.Columns];
        for (var j = 0; j < x.Length; j++)
        {
            for (var i = 0; i < d.Length; i++)
            {
                var weight = weights.Row(i)[j];
                x[j] = MathF.FusedMultiplyAdd(magnitudes ? MathF.Abs(weight) : weight, d[i], x[j]);
            }
        }

        return x;
    }

    private void AddWeightNoise(in MvmKeys keys, in DrawAddress at, WeightMatrix weights, float[] input, float[] y)
    {
        if (_settings.WeightNoiseType == WeightNoiseType.None)
        {
            return;
        }

        var squares = new float[input.Length];
        Span<float> lanes = stackalloc float[Lanes.Count];
        lanes.Clear();
        for (var j = 0; j < input.Length; j++)
        {
            squares[j] = input[j] * input[j];
            lanes[j % Lanes.Count] = MathF.FusedMultiplyAdd(input[j], input[j], lanes[j % Lanes.Count]);
        }

        var norm = MathF.Sqrt(LaneFold.Sum(lanes));
        var variances = _direction == MvmDirection.Forward
            ? ForwardProduct(weights, squares, magnitudes: true)
            : BackwardProduct(weights, squares, magnitudes: true);
        for (var i = 0; i < y.Length; i++)
        {
            var deviation = _settings.WeightNoise * (_settings.WeightNoiseType == WeightNoiseType.PCMRead ? MathF.Sqrt(variances[i]) : norm);
            y[i] = MathF.FusedMultiplyAdd(deviation, RandomField.NormalAt(keys.WeightNoise, at, 0, i), y[i]);
        }
    }

    private bool Finish(in MvmKeys keys, in DrawAddress at, float[] y, float factor)
    {
        var clipped = false;
        for (var i = 0; i < y.Length; i++)
        {
            var value = y[i] < 0 ? y[i] * _settings.OutputNegativeFactor : y[i];
            if (_hasOutputNoise)
            {
                value = MathF.FusedMultiplyAdd(_outputNoise[i], RandomField.NormalAt(keys.OutputNoise, at, 0, i), value);
            }

            if (_settings.OutputStep > 0)
            {
                var level = value / _settings.OutputStep;
                level += _settings.OutputStochastic ? RandomField.UniformAt(keys.OutputRounding, at, 0, i) - 0.5f : 0.0f;
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
