using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Devices;

/// <summary>
/// up: w += up ((max - w) / range)^gamma_up (1 + sigma xi); down: w -= down ((w - min) / range)^gamma_down (1 + sigma xi); clip (spec devices,
/// section 6, PowStep). ExtraA is gamma_up, ExtraB gamma_down, Derived 1 / range.
/// </summary>
/// <param name="CycleNoise">sigma: <c>dw_min_std</c>.</param>
internal readonly record struct PowStepModel(float CycleNoise) : IPulseModel, IDeviceFamily<PowStepDevice, PowStepModel>
{
    /// <inheritdoc/>
    public static int ExtraArrays => 2;

    /// <inheritdoc/>
    public static bool StepIsConstant => false;

    /// <inheritdoc/>
    public static bool ChangesState => false;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ExtraNames => ["gamma_up", "gamma_down"];

    /// <inheritdoc/>
    public float StateNoise => 0;

    /// <inheritdoc/>
    public static PowStepModel ModelOf(PowStepDevice device) => new(device.DwMinStd);

    /// <inheritdoc/>
    public static float Granularity(PowStepDevice device, float stepSize) => PowStepLaw.Granularity(stepSize, device.PowGamma);

    /// <inheritdoc/>
    public static void DrawExtras(PowStepDevice device, DeviceConstruction construction, HiddenParameters hidden) => PowStepLaw.DrawExponents(
        device.PowGamma, device.PowGammaDtod, device.PowUpDown, device.PowUpDownDtod, device.EnforceConsistency, construction, hidden);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prepare(ref CellLanes cell) => cell.Derived = PowStepLaw.InverseRange(cell.Maximum, cell.Minimum);

    /// <inheritdoc/>
    public void Prepare(ref CellParameters cell) => cell.Derived = PowStepLaw.InverseRange(cell.Maximum, cell.Minimum);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Pulse(Vector512<float> weight, Vector512<float> down, Vector512<float> normal, ref CellLanes cell) =>
        PowStepLaw.Pulse(weight, down, normal, CycleNoise, cell.Derived, cell);

    /// <inheritdoc/>
    public float Pulse(float weight, bool down, float normal, ref CellParameters cell) =>
        PowStepLaw.Pulse(weight, down, normal, CycleNoise, cell.Derived, cell);
}
