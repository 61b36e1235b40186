using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Devices;

/// <summary>
/// A step that is linear in the weight (spec devices, section 6, LinearStep; SoftBounds is the same law with slopes that end at the cell's own
/// bounds). With multiplicative noise up: w += (slope_up w + up)(1 + sigma xi); with additive noise w += slope_up w + up (1 + sigma xi); down
/// likewise with the opposite sign; clip. ExtraA is slope_up, ExtraB is slope_down.
/// </summary>
/// <param name="CycleNoise">sigma: <c>dw_min_std</c>.</param>
/// <param name="MultNoise">Noise multiplies the whole step.</param>
public readonly record struct LinearStepModel(float CycleNoise, bool MultNoise) : IPulseModel
{
    /// <inheritdoc/>
    public static int ExtraArrays => 2;

    /// <inheritdoc/>
    public static bool StepIsConstant => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Pulse(Vector512<float> weight, Vector512<float> down, Vector512<float> normal, in CellLanes cell)
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
    public float Pulse(float weight, bool down, float normal, in CellParameters cell)
    {
        var step = down ? -cell.Down : cell.Up;
        var slope = down ? -cell.ExtraB : cell.ExtraA;
        var factor = MathF.FusedMultiplyAdd(CycleNoise, normal, 1f);
        var next = MultNoise
            ? MathF.FusedMultiplyAdd(MathF.FusedMultiplyAdd(slope, weight, step), factor, weight)
            : weight + MathF.FusedMultiplyAdd(slope, weight, step * factor);
        return MathF.Max(MathF.Min(next, cell.Maximum), cell.Minimum);
    }
}
