using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Devices;

/// <summary>
/// A power step on w + reference, whose bounds hold there too (spec devices, section 6, PowStepReference). ExtraA is gamma_up, ExtraB
/// gamma_down, ExtraC the reference, Derived 1 / range.
/// </summary>
/// <param name="CycleNoise">sigma: <c>dw_min_std</c>.</param>
internal readonly record struct PowStepReferenceModel(float CycleNoise) : IPulseModel, IDeviceFamily<PowStepReferenceDevice, PowStepReferenceModel>
{
    private const int EstimationStepsMax = 10000;

    /// <inheritdoc/>
    public static int ExtraArrays => 3;

    /// <inheritdoc/>
    public static bool StepIsConstant => false;

    /// <inheritdoc/>
    public static bool ChangesState => false;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ExtraNames => ["gamma_up", "gamma_down", "reference"];

    /// <inheritdoc/>
    public float StateNoise => 0;

    /// <inheritdoc/>
    public static PowStepReferenceModel ModelOf(PowStepReferenceDevice device) => new(device.DwMinStd);

    /// <inheritdoc/>
    public static float Granularity(PowStepReferenceDevice device, float stepSize) => PowStepLaw.Granularity(stepSize, device.PowGamma);

    /// <inheritdoc/>
    public static unsafe void DrawExtras(PowStepReferenceDevice device, DeviceConstruction construction, HiddenParameters hidden)
    {
        PowStepLaw.DrawExponents(
            device.PowGamma, device.PowGammaDtod, device.PowUpDown, device.PowUpDownDtod, device.EnforceConsistency, construction, hidden);
        construction.References(hidden.Extras[2], device.ReferenceMean, device.ReferenceStd);
        if (!device.SubtractSymmetryPoint) return;
        var references = hidden.Extras[2].Materialise();
        var resets = hidden.ResetBias.Materialise();
        var points = stackalloc float[Lanes.Count];
        for (var row = 0; row < construction.Rows; row++)
        {
            for (var first = 0; first < construction.Columns; first += Lanes.Count)
            {
                var index = (row * construction.Stride) + first;
                SymmetryPoints(hidden, index, device.NEstimationSteps).Store(points);
                for (var lane = 0; lane < Lanes.Count && first + lane < construction.Columns; lane++)
                {
                    references[index + lane] += points[lane];
                    resets[index + lane] += points[lane];
                }
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prepare(ref CellLanes cell) => cell.Derived = PowStepLaw.InverseRange(cell.Maximum, cell.Minimum);

    /// <inheritdoc/>
    public void Prepare(ref CellParameters cell) => cell.Derived = PowStepLaw.InverseRange(cell.Maximum, cell.Minimum);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Pulse(Vector512<float> weight, Vector512<float> down, Vector512<float> normal, ref CellLanes cell) =>
        PowStepLaw.Pulse(weight + cell.ExtraC, down, normal, CycleNoise, cell.Derived, cell) - cell.ExtraC;

    /// <inheritdoc/>
    public float Pulse(float weight, bool down, float normal, ref CellParameters cell) =>
        PowStepLaw.Pulse(weight + cell.ExtraC, down, normal, CycleNoise, cell.Derived, cell) - cell.ExtraC;

    /// <summary>
    /// Where pairs of one up and one down pulse, both of the size at the point before, lead from 0: the sum of the two steps is added again and again.
    /// A point that a pair does not move stays, so that the rest of its pairs need not be computed. 0 for cells whose bounds do not enclose 0.
    /// </summary>
    private static Vector512<float> SymmetryPoints(HiddenParameters hidden, int index, int steps)
    {
        var maximum = hidden.Maximum.Load(index);
        var minimum = hidden.Minimum.Load(index);
        var up = hidden.Up.Load(index);
        var down = hidden.Down.Load(index);
        var gammaUp = hidden.Extras[0].Load(index);
        var gammaDown = hidden.Extras[1].Load(index);
        var inverse = PowStepLaw.InverseRange(maximum, minimum);
        var encloses = Vector512.GreaterThan(maximum, Vector512<float>.Zero) & Vector512.LessThan(minimum, Vector512<float>.Zero);
        var smaller = LaneMath.Smaller(Vector512.Abs(up), Vector512.Abs(down));
        var wanted = steps > 0
            ? Vector512.Create((float)steps)
            : LaneMath.Smaller(Vector512.Round((maximum - minimum) * 10f / smaller), Vector512.Create((float)EstimationStepsMax));
        wanted = Vector512.ConditionalSelect(encloses, wanted, Vector512<float>.Zero);
        var point = Vector512<float>.Zero;
        for (var pair = 0f; ; pair++)
        {
            var live = Vector512.GreaterThan(wanted, Vector512.Create(pair));
            var rise = up * PowStepLaw.Power(maximum - point, inverse, gammaUp);
            var fall = down * PowStepLaw.Power(point - minimum, inverse, gammaDown);
            var next = Vector512.ConditionalSelect(live, point + (rise - fall), point);
            if (Vector512.EqualsAll(next, point)) return point;
            point = next;
        }
    }
}
