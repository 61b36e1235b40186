using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Devices;

/// <summary>
/// A step that falls exponentially with the weight (spec devices, section 6, ExpStep): with z = 2 a w / (max - min) + b, an up step is up
/// max(1 - A_up exp(gamma_up z), 0) and a down step down max(1 - A_down exp(-gamma_down z), 0), times (1 + sigma xi); clip. Where one of the
/// two further noise terms is set, the noise is sigma (|step| + add + slope |w|) xi instead. Derived is 2 a / (max - min).
/// </summary>
internal readonly record struct ExpStepModel : IPulseModel, IDeviceFamily<ExpStepDevice, ExpStepModel>
{
    private readonly float _amplitudeUp;
    private readonly float _amplitudeDown;
    private readonly float _gammaUp;
    private readonly float _gammaDown;
    private readonly float _scale;
    private readonly float _offset;
    private readonly float _noiseAdd;
    private readonly float _noiseSlope;
    private readonly bool _addsNoise;

    /// <summary>Takes the constants of a device.</summary>
    public ExpStepModel(ExpStepDevice device)
    {
        CycleNoise = device.DwMinStd;
        _amplitudeUp = device.AmplitudeUp;
        _amplitudeDown = device.AmplitudeDown;
        _gammaUp = device.GammaUp;
        _gammaDown = device.GammaDown;
        _scale = 2 * device.Scale;
        _offset = device.Offset;
        _noiseAdd = device.DwMinStdAdd;
        _noiseSlope = device.DwMinStdSlope;
        _addsNoise = device.DwMinStd > 0 && (_noiseAdd != 0 || _noiseSlope != 0);
    }

    /// <inheritdoc/>
    public static int ExtraArrays => 0;

    /// <inheritdoc/>
    public static bool StepIsConstant => false;

    /// <inheritdoc/>
    public static bool ChangesState => false;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ExtraNames => [];

    /// <inheritdoc/>
    public float CycleNoise { get; }

    /// <inheritdoc/>
    public float StateNoise => 0;

    /// <inheritdoc/>
    public static ExpStepModel ModelOf(ExpStepDevice device) => new(device);

    /// <summary>The step down at w = 0, as aihwkit has it: it means the average of both directions but takes the down step twice.</summary>
    public static float Granularity(ExpStepDevice device, float stepSize)
    {
        var factor = MathF.Max(1 - (device.AmplitudeDown * ScalarMath.Exp(-device.GammaDown * device.Offset)), 0);
        var step = stepSize * (1 - MathF.Max(device.UpDown, 0)) * factor;
        return step > 0 ? step : stepSize;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prepare(ref CellLanes cell)
    {
        var range = cell.Maximum - cell.Minimum;
        cell.Derived = Vector512.ConditionalSelect(Vector512.GreaterThan(range, Vector512<float>.Zero), Vector512.Create(_scale) / range, Vector512<float>.Zero);
    }

    /// <inheritdoc/>
    public void Prepare(ref CellParameters cell)
    {
        var range = cell.Maximum - cell.Minimum;
        cell.Derived = range > 0 ? _scale / range : 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Pulse(Vector512<float> weight, Vector512<float> down, Vector512<float> normal, ref CellLanes cell)
    {
        var z = Vector512.FusedMultiplyAdd(weight, cell.Derived, Vector512.Create(_offset));
        var gamma = Vector512.ConditionalSelect(down, Vector512.Create(-_gammaDown), Vector512.Create(_gammaUp));
        var amplitude = Vector512.ConditionalSelect(down, Vector512.Create(-_amplitudeDown), Vector512.Create(-_amplitudeUp));
        var size = Vector512.ConditionalSelect(down, -cell.Down, cell.Up);
        var factor = Vector512.FusedMultiplyAdd(amplitude, LaneMath.ExpBounded(gamma * z), Vector512<float>.One);
        var step = LaneMath.Larger(factor, Vector512<float>.Zero) * size;
        Vector512<float> next;
        if (_addsNoise)
        {
            var spread = Vector512.FusedMultiplyAdd(Vector512.Create(_noiseSlope), Vector512.Abs(weight), Vector512.Abs(step) + Vector512.Create(_noiseAdd));
            next = Vector512.FusedMultiplyAdd(spread * CycleNoise, normal, weight + step);
        }
        else
        {
            next = Vector512.FusedMultiplyAdd(step, Vector512.FusedMultiplyAdd(Vector512.Create(CycleNoise), normal, Vector512<float>.One), weight);
        }

        return LaneMath.Larger(LaneMath.Smaller(next, cell.Maximum), cell.Minimum);
    }

    /// <inheritdoc/>
    public float Pulse(float weight, bool down, float normal, ref CellParameters cell)
    {
        var z = MathF.FusedMultiplyAdd(weight, cell.Derived, _offset);
        var gamma = down ? -_gammaDown : _gammaUp;
        var amplitude = down ? -_amplitudeDown : -_amplitudeUp;
        var size = down ? -cell.Down : cell.Up;
        var factor = MathF.FusedMultiplyAdd(amplitude, ScalarMath.ExpBounded(gamma * z), 1f);
        var step = ScalarMath.Larger(factor, 0f) * size;
        float next;
        if (_addsNoise)
        {
            var spread = MathF.FusedMultiplyAdd(_noiseSlope, MathF.Abs(weight), MathF.Abs(step) + _noiseAdd);
            next = MathF.FusedMultiplyAdd(spread * CycleNoise, normal, weight + step);
        }
        else
        {
            next = MathF.FusedMultiplyAdd(step, MathF.FusedMultiplyAdd(CycleNoise, normal, 1f), weight);
        }

        return ScalarMath.Larger(ScalarMath.Smaller(next, cell.Maximum), cell.Minimum);
    }
}
