using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Devices;

/// <summary>
/// Soft bounds on v = w + reference, whose bounds hold there too (spec devices, section 6, SoftBoundsReference): with f = 1 - v / max up and 1 - v / min
/// down, a step is size f (1 + sigma xi) with multiplicative and size (f + sigma xi) with additive noise; clip. ExtraA is the reference; 1 / max
/// and 1 / min, 0 where the bound is not on its side of zero, are kept in ExtraB and ExtraC.
/// </summary>
/// <param name="CycleNoise">sigma: <c>dw_min_std</c>.</param>
/// <param name="MultNoise">Noise multiplies the whole step.</param>
internal readonly record struct SoftBoundsReferenceModel(float CycleNoise, bool MultNoise)
    : IPulseModel, IDeviceFamily<SoftBoundsReferenceDevice, SoftBoundsReferenceModel>
{
    /// <inheritdoc/>
    public static int ExtraArrays => 1;

    /// <inheritdoc/>
    public static bool StepIsConstant => false;

    /// <inheritdoc/>
    public static bool ChangesState => false;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ExtraNames => ["reference"];

    /// <inheritdoc/>
    public float StateNoise => 0;

    /// <inheritdoc/>
    public static SoftBoundsReferenceModel ModelOf(SoftBoundsReferenceDevice device) => new(device.DwMinStd, device.MultNoise);

    /// <inheritdoc/>
    public static unsafe void DrawExtras(SoftBoundsReferenceDevice device, DeviceConstruction construction, HiddenParameters hidden)
    {
        construction.References(hidden.Extras[0], device.ReferenceMean, device.ReferenceStd);
        if (device.SlopeUpDtod != 0 || device.SlopeDownDtod != 0) SpreadSlopes(device, construction, hidden);
        if (!device.SubtractSymmetryPoint) return;
        var references = hidden.Extras[0].Materialise();
        var resets = hidden.ResetBias.Materialise();
        for (var row = 0; row < construction.Rows; row++)
        {
            for (var column = 0; column < construction.Columns; column++)
            {
                var i = (row * construction.Stride) + column;
                var (maximum, minimum) = (hidden.Maximum.At(i), hidden.Minimum.At(i));
                var (up, down) = (hidden.Up.At(i), hidden.Down.At(i));
                if (!(maximum > 0 && minimum < 0)) continue;
                var slope = (up / maximum) - (down / minimum);
                var point = slope == 0 ? 0 : (up - down) / slope;
                references[i] += point;
                resets[i] += point;
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prepare(ref CellLanes cell)
    {
        var hasMaximum = Vector512.GreaterThan(cell.Maximum, Vector512<float>.Zero);
        var hasMinimum = Vector512.LessThan(cell.Minimum, Vector512<float>.Zero);
        cell.ExtraB = Vector512.ConditionalSelect(hasMaximum, Vector512<float>.One / cell.Maximum, Vector512<float>.Zero);
        cell.ExtraC = Vector512.ConditionalSelect(hasMinimum, Vector512<float>.One / cell.Minimum, Vector512<float>.Zero);
    }

    /// <inheritdoc/>
    public void Prepare(ref CellParameters cell)
    {
        cell.ExtraB = cell.Maximum > 0 ? 1f / cell.Maximum : 0;
        cell.ExtraC = cell.Minimum < 0 ? 1f / cell.Minimum : 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Pulse(Vector512<float> weight, Vector512<float> down, Vector512<float> normal, ref CellLanes cell)
    {
        var v = weight + cell.ExtraA;
        var size = Vector512.ConditionalSelect(down, -cell.Down, cell.Up);
        var inverse = Vector512.ConditionalSelect(down, cell.ExtraC, cell.ExtraB);
        var f = Vector512.FusedMultiplyAdd(-v, inverse, Vector512<float>.One);
        var sigma = Vector512.Create(CycleNoise);
        var next = MultNoise
            ? Vector512.FusedMultiplyAdd(size * f, Vector512.FusedMultiplyAdd(sigma, normal, Vector512<float>.One), v)
            : Vector512.FusedMultiplyAdd(size, Vector512.FusedMultiplyAdd(sigma, normal, f), v);
        return LaneMath.Larger(LaneMath.Smaller(next, cell.Maximum), cell.Minimum) - cell.ExtraA;
    }

    /// <inheritdoc/>
    public float Pulse(float weight, bool down, float normal, ref CellParameters cell)
    {
        var v = weight + cell.ExtraA;
        var size = down ? -cell.Down : cell.Up;
        var f = MathF.FusedMultiplyAdd(-v, down ? cell.ExtraC : cell.ExtraB, 1f);
        var next = MultNoise
            ? MathF.FusedMultiplyAdd(size * f, MathF.FusedMultiplyAdd(CycleNoise, normal, 1f), v)
            : MathF.FusedMultiplyAdd(size, MathF.FusedMultiplyAdd(CycleNoise, normal, f), v);
        return ScalarMath.Larger(ScalarMath.Smaller(next, cell.Maximum), cell.Minimum) - cell.ExtraA;
    }

    /// <summary>Slopes spread the bounds, which they divide.</summary>
    private static unsafe void SpreadSlopes(SoftBoundsReferenceDevice device, DeviceConstruction construction, HiddenParameters hidden)
    {
        var maximum = hidden.Maximum.Materialise();
        var minimum = hidden.Minimum.Materialise();
        var upDraws = new float[construction.Columns];
        var downDraws = new float[construction.Columns];
        for (var row = 0; row < construction.Rows; row++)
        {
            construction.Normals(DeviceConstruction.Quantity.ReferenceSlopeUp, row, upDraws);
            construction.Normals(DeviceConstruction.Quantity.ReferenceSlopeDown, row, downDraws);
            for (var column = 0; column < construction.Columns; column++)
            {
                var i = (row * construction.Stride) + column;
                if (!(maximum[i] > 0 && minimum[i] < 0)) continue;
                maximum[i] /= MathF.Abs(1 + (device.SlopeUpDtod * upDraws[column]));
                minimum[i] /= MathF.Abs(1 + (device.SlopeDownDtod * downDraws[column]));
            }
        }
    }
}
