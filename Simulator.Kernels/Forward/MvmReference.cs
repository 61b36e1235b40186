using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>
/// The analog product one vector and one number at a time: the plain reading of spec forward, sections 3 to 8, with the same addresses and the
/// same written order of sums as <see cref="MvmPass"/>, which equals it bit for bit. Meant to be read, not to be fast.
/// </summary>
public sealed partial class MvmReference
{
    private readonly ConverterSettings _settings;
    private readonly ArraySettings _array;
    private readonly ReadoutPlan _plan;
    private readonly MvmDirection _direction;
    private readonly TileIdentity _tile;
    private readonly IOParameters _io;
    private readonly int _physicalRows;
    private readonly float[] _outputNoise;
    private readonly float[] _offsets;
    private readonly float[] _nonlinearities;
    private readonly float _slopeFactor;
    private readonly RandomKey _periphery;

    /// <summary>Builds the reference of one pass.</summary>
    /// <param name="io">Non-idealities.</param>
    /// <param name="direction">Forward or backward.</param>
    /// <param name="rows">Rows of the crossbar.</param>
    /// <param name="columns">Columns of the crossbar.</param>
    /// <param name="tile">Identity in the address of every draw.</param>
    /// <param name="physicalRows">Rows of a physical column, for IR drop in time; 0 takes the inputs. Default 0.</param>
    public MvmReference(IOParameters io, MvmDirection direction, int rows, int columns, TileIdentity tile, int physicalRows = 0)
    {
        var (inSize, outSize) = direction == MvmDirection.Forward ? (columns, rows) : (rows, columns);
        IOParametersValidator.Require(io, direction, inSize, physicalRows);
        _settings = new ConverterSettings(io, direction);
        _array = new ArraySettings(io, inSize);
        _plan = new ReadoutPlan(io);
        _direction = direction;
        _tile = tile;
        _io = io;
        _physicalRows = physicalRows;
        _periphery = RandomKey.Derive(tile, RandomStream.PeripherySpread, MvmCallSite.Of(direction));
        _outputNoise = new float[outSize];
        _offsets = new float[outSize];
        _nonlinearities = new float[outSize];
        var bound = io.OutBound > 0 && float.IsFinite(io.OutBound) ? io.OutBound : 1.0f;
        for (var i = 0; i < outSize; i++)
        {
            _outputNoise[i] = MathF.Abs(io.OutNoise * MathF.FusedMultiplyAdd(io.OutNoiseStd, Draw(0, i, io.OutNoiseStd > 0), 1.0f));
            _offsets[i] = Draw(1, i, _array.HasOffsets) > 0 ? io.VOffsetStd * Draw(2, i, _array.HasOffsets) : 0.0f;
            _nonlinearities[i] = MathF.Abs(
                io.OutNonlinearity / bound * MathF.FusedMultiplyAdd(io.OutNonlinearityStd, Draw(3, i, _array.IsNonlinear), 1.0f));
        }

        var sum = 0.0f;
        foreach (var value in _nonlinearities)
        {
            sum += value;
        }

        var root = MathF.FusedMultiplyAdd((sum / outSize) + io.RSeries, io.SlopeCalibration * bound, 1.0f);
        _slopeFactor = io.SlopeCalibration > 0 ? root * root : 1.0f;
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
            var exact = Product(Dense(weights, isNegative: false), x);
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
            var factor = _settings.OutScale / scale;
            var (y, clipped) = _plan.IsDigitalSum
                ? ReadPhases(keys, address, weights, input, at.Phase, factor)
                : ReadOnce(keys, address, weights, input, factor);
            if (!clipped || InputScale.IsLastRound(_settings, round))
            {
                return y;
            }
        }
    }

    private float Draw(int row, int output, bool isUsed) => isUsed ? RandomField.NormalAt(_periphery, new DrawAddress(0, 0, 0), row, output) : 0.0f;

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
}
