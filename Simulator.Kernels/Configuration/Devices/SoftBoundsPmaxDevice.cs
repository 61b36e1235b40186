using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Configuration;

/// <summary>
/// A soft-bounds device described by the range that a number of up pulses covers (aihwkit's <c>SoftBoundsPmaxDevice</c>; spec devices, section 6).
/// Bounds, step and asymmetry follow from that and cannot be given.
/// </summary>
[ConfigOmit("w_max", "w_min", "dw_min", "up_down")]
public sealed record SoftBoundsPmaxDevice : WriteNoiseDeviceParameters
{
    /// <summary>Up pulses from the lower to the upper end of the range. Above 0, default 1000.</summary>
    public int PMax { get; init; } = 1000;

    /// <summary>Step relative to the distance from the bound. Above 0, default 0.0005.</summary>
    public float Alpha { get; init; } = 0.0005f;

    /// <summary>Lower end of the range, at most 0. Default -1.</summary>
    public float RangeMin { get; init; } = -1f;

    /// <summary>Upper end of the range. Default 1.</summary>
    public float RangeMax { get; init; } = 1f;

    /// <summary>Cycle-to-cycle noise multiplies the whole step. Default true.</summary>
    public bool MultNoise { get; init; } = true;

    /// <summary>Refer the up slope to the lower bound. Default false.</summary>
    public bool ReverseUp { get; init; }

    /// <summary>Refer the down slope to the upper bound. Default false.</summary>
    public bool ReverseDown { get; init; }

    /// <summary>Offset of the reversed reference. Default 0.01.</summary>
    public float ReverseOffset { get; init; } = 0.01f;

    /// <summary>Distance of the two bounds.</summary>
    private float Width => (RangeMax - RangeMin) / (1 - ScalarMath.Exp(-PMax * Alpha));

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        CheckReverse(ReverseUp, ReverseDown, MultNoise, checks);
        checks.AtLeast("p_max", PMax, 1);
        checks.Positive("alpha", Alpha);
        checks.NotPositive("range_min", RangeMin);
        checks.Finite("range_max", RangeMax);
        checks.Finite("reverse_offset", ReverseOffset);
        if (!(RangeMin < RangeMax))
        {
            checks.Fail("range_max", $"saw {FieldChecks.Text(RangeMax)}, expected more than range_min ({FieldChecks.Text(RangeMin)}).");
        }
        else if (PMax > 0 && Alpha > 0)
        {
            checks.NotNegative("range_max", RangeMin + Width, "It is the upper bound that follows; 0 must lie between the bounds: widen the range.");
        }

        SoftBoundsPmaxDevice plain = new();
        if ((WMax, WMin, DwMin, UpDown) != (plain.WMax, plain.WMin, plain.DwMin, plain.UpDown))
        {
            checks.Fail("w_max", "w_max, w_min, dw_min and up_down of a SoftBoundsPmaxDevice follow from p_max, alpha, range_min and range_max; do not set them.");
        }
    }

    /// <summary>The soft-bounds device that follows.</summary>
    internal SoftBoundsDevice ToSoftBounds() => new(this)
    {
        DwMin = Width * Alpha,
        UpDown = 1 + (2 * RangeMin / Width),
        WMax = RangeMin + Width,
        WMin = RangeMin,
        MultNoise = MultNoise,
        ReverseUp = ReverseUp,
        ReverseDown = ReverseDown,
        ReverseOffset = ReverseOffset,
    };
}
