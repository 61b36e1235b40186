using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Devices;

/// <summary>up: w += up (1 + sigma xi); down: w -= down (1 + sigma xi); clip (spec devices, section 6, ConstantStep).</summary>
/// <param name="CycleNoise">sigma: <c>dw_min_std</c>.</param>
internal readonly record struct ConstantStepModel(float CycleNoise) : IPulseModel, IDeviceFamily<ConstantStepDevice, ConstantStepModel>
{
    /// <inheritdoc/>
    public static int ExtraArrays => 0;

    /// <inheritdoc/>
    public static bool StepIsConstant => true;

    /// <inheritdoc/>
    public static bool ChangesState => false;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ExtraNames => [];

    /// <inheritdoc/>
    public float StateNoise => 0;

    /// <inheritdoc/>
    public static ConstantStepModel ModelOf(ConstantStepDevice device) => new(device.DwMinStd);

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
        var factor = Vector512.FusedMultiplyAdd(Vector512.Create(CycleNoise), normal, Vector512<float>.One);
        var next = Vector512.FusedMultiplyAdd(step, factor, weight);
        return Vector512.Max(Vector512.Min(next, cell.Maximum), cell.Minimum);
    }

    /// <inheritdoc/>
    public float Pulse(float weight, bool down, float normal, ref CellParameters cell)
    {
        var step = down ? -cell.Down : cell.Up;
        var factor = MathF.FusedMultiplyAdd(CycleNoise, normal, 1f);
        var next = MathF.FusedMultiplyAdd(step, factor, weight);
        return MathF.Max(MathF.Min(next, cell.Maximum), cell.Minimum);
    }
}
