using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Devices;

/// <summary>
/// Pulses move a hidden weight; when it leaves [-1, 1] it returns to 0 and the weight makes one constant step in the direction of the side it left by,
/// against the bound of that side only (spec devices, section 6, HiddenStep). ExtraA is the hidden up step, ExtraB the hidden down step, ExtraC
/// the hidden weight, Derived the normal draw of the hidden step.
/// </summary>
/// <param name="CycleNoise">sigma: <c>dw_min_std</c>.</param>
/// <param name="StateNoise">Noise of the hidden step: <c>hs_dw_min_std</c>.</param>
internal readonly record struct HiddenStepModel(float CycleNoise, float StateNoise) : IPulseModel, IDeviceFamily<HiddenStepDevice, HiddenStepModel>
{
    /// <inheritdoc/>
    public static int ExtraArrays => 3;

    /// <inheritdoc/>
    public static bool StepIsConstant => false;

    /// <inheritdoc/>
    public static bool ChangesState => true;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ExtraNames => ["hs_scale_up", "hs_scale_down", "hidden_weights"];

    /// <inheritdoc/>
    public static HiddenStepModel ModelOf(HiddenStepDevice device) => new(device.DwMinStd, device.HsDwMinStd);

    /// <summary>The device with the jump of the visible weight as its step.</summary>
    internal static HiddenStepDevice Scaled(HiddenStepDevice device) => device with { DwMin = device.DwMin * device.HsHiddenStates };

    /// <inheritdoc/>
    public static unsafe void DrawExtras(HiddenStepDevice device, DeviceConstruction construction, HiddenParameters hidden)
    {
        var ups = hidden.Extras[0].Materialise();
        var downs = hidden.Extras[1].Materialise();
        _ = hidden.Extras[2].Materialise();
        var gains = new float[construction.Columns];
        var asymmetries = new float[construction.Columns];
        var mean = 1 / device.HsHiddenStates;
        for (var row = 0; row < construction.Rows; row++)
        {
            construction.Normals(DeviceConstruction.Quantity.HiddenGain, row, gains);
            construction.Normals(DeviceConstruction.Quantity.HiddenAsymmetry, row, asymmetries);
            for (var column = 0; column < construction.Columns; column++)
            {
                var i = (row * construction.Stride) + column;
                var gain = 1 + (device.HsDwMinDtod * gains[column]);
                var asymmetry = device.HsUpDownDtod * asymmetries[column];
                ups[i] = (gain + asymmetry + MathF.Min(device.HsUpDown, 0)) * mean;
                downs[i] = (gain - asymmetry - MathF.Max(device.HsUpDown, 0)) * mean;
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
        var hiddenStep = Vector512.ConditionalSelect(down, -cell.ExtraB, cell.ExtraA);
        var hidden = Vector512.FusedMultiplyAdd(
            hiddenStep, Vector512.FusedMultiplyAdd(Vector512.Create(StateNoise), cell.Derived, Vector512<float>.One), cell.ExtraC);
        var rises = Vector512.GreaterThan(hidden, Vector512<float>.One);
        var falls = Vector512.LessThan(hidden, -Vector512<float>.One);
        cell.ExtraC = Vector512.ConditionalSelect(rises | falls, Vector512<float>.Zero, hidden);
        var factor = Vector512.FusedMultiplyAdd(Vector512.Create(CycleNoise), normal, Vector512<float>.One);
        var up = Vector512.Min(Vector512.FusedMultiplyAdd(cell.Up, factor, weight), cell.Maximum);
        var fallen = Vector512.Max(Vector512.FusedMultiplyAdd(-cell.Down, factor, weight), cell.Minimum);
        return Vector512.ConditionalSelect(rises, up, Vector512.ConditionalSelect(falls, fallen, weight));
    }

    /// <inheritdoc/>
    public float Pulse(float weight, bool down, float normal, ref CellParameters cell)
    {
        var hidden = MathF.FusedMultiplyAdd(down ? -cell.ExtraB : cell.ExtraA, MathF.FusedMultiplyAdd(StateNoise, cell.Derived, 1f), cell.ExtraC);
        var rises = hidden > 1;
        var falls = hidden < -1;
        cell.ExtraC = rises || falls ? 0 : hidden;
        var factor = MathF.FusedMultiplyAdd(CycleNoise, normal, 1f);
        if (rises) return MathF.Min(MathF.FusedMultiplyAdd(cell.Up, factor, weight), cell.Maximum);
        return falls ? MathF.Max(MathF.FusedMultiplyAdd(-cell.Down, factor, weight), cell.Minimum) : weight;
    }
}
