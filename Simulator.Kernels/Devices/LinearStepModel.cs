using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Devices;

/// <summary>
/// A step that is linear in the weight (spec devices, section 6, LinearStep; SoftBounds is the same law with slopes that end at the cell's own
/// bounds). With multiplicative noise up: w += (slope_up w + up)(1 + sigma xi); with additive noise w += slope_up w + up (1 + sigma xi); down
/// likewise with the opposite sign; clip. ExtraA is slope_up, ExtraB is slope_down.
/// </summary>
/// <param name="CycleNoise">sigma: <c>dw_min_std</c>.</param>
/// <param name="MultNoise">Noise multiplies the whole step.</param>
internal readonly record struct LinearStepModel(float CycleNoise, bool MultNoise) : IPulseModel, IDeviceFamily<LinearStepDevice, LinearStepModel>
{
    /// <inheritdoc/>
    public static int ExtraArrays => 2;

    /// <inheritdoc/>
    public static bool StepIsConstant => false;

    /// <inheritdoc/>
    public static bool ChangesState => false;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ExtraNames => ["slope_up", "slope_down"];

    /// <inheritdoc/>
    public float StateNoise => 0;

    /// <inheritdoc/>
    public static LinearStepModel ModelOf(LinearStepDevice device) => new(device.DwMinStd, device.MultNoise);

    /// <inheritdoc/>
    public static unsafe void DrawExtras(LinearStepDevice device, DeviceConstruction construction, HiddenParameters hidden)
    {
        var slopeUp = hidden.Extras[0].Materialise();
        var slopeDown = hidden.Extras[1].Materialise();
        var upDraws = new float[construction.Columns];
        var downDraws = new float[construction.Columns];
        for (var row = 0; row < construction.Rows; row++)
        {
            if (device.GammaUpDtod != 0) construction.Normals(DeviceConstruction.Quantity.SlopeUp, row, upDraws);
            if (device.GammaDownDtod != 0) construction.Normals(DeviceConstruction.Quantity.SlopeDown, row, downDraws);
            for (var column = 0; column < construction.Columns; column++)
            {
                var i = (row * construction.Stride) + column;
                var maximum = device.MeanBoundReference ? device.WMax : hidden.Maximum.At(i);
                var minimum = device.MeanBoundReference ? device.WMin : hidden.Minimum.At(i);
                slopeUp[i] = Slope(
                    device, device.GammaUp + (device.GammaUpDtod * upDraws[column]), hidden.Up.At(i), device.ReverseUp ? minimum - device.ReverseOffset : maximum);
                slopeDown[i] = Slope(
                    device, device.GammaDown + (device.GammaDownDtod * downDraws[column]), hidden.Down.At(i), device.ReverseDown ? maximum + device.ReverseOffset : minimum);
            }
        }
    }

    /// <inheritdoc/>
    public void Prepare(ref CellLanes cell)
    {
    }

    /// <inheritdoc/>
    public void Prepare(ref CellParameters cell)
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Pulse(Vector512<float> weight, Vector512<float> down, Vector512<float> normal, ref CellLanes cell)
    {
        var step = Vector512.ConditionalSelect(down, -cell.Down, cell.Up);
        var slope = Vector512.ConditionalSelect(down, -cell.ExtraB, cell.ExtraA);
        var factor = Vector512.FusedMultiplyAdd(Vector512.Create(CycleNoise), normal, Vector512<float>.One);
        var next = MultNoise
            ? Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(slope, weight, step), factor, weight)
            : weight + Vector512.FusedMultiplyAdd(slope, weight, step * factor);
        return Vector512.Max(Vector512.Min(next, cell.Maximum), cell.Minimum);
    }

    /// <inheritdoc/>
    public float Pulse(float weight, bool down, float normal, ref CellParameters cell)
    {
        var step = down ? -cell.Down : cell.Up;
        var slope = down ? -cell.ExtraB : cell.ExtraA;
        var factor = MathF.FusedMultiplyAdd(CycleNoise, normal, 1f);
        var next = MultNoise
            ? MathF.FusedMultiplyAdd(MathF.FusedMultiplyAdd(slope, weight, step), factor, weight)
            : weight + MathF.FusedMultiplyAdd(slope, weight, step * factor);
        return MathF.Max(MathF.Min(next, cell.Maximum), cell.Minimum);
    }

    private static float Slope(LinearStepDevice device, float gamma, float step, float reference)
    {
        if (!device.AllowIncreasing) gamma = MathF.Abs(gamma);
        return reference == 0 ? 0 : -gamma * step / reference;
    }
}
