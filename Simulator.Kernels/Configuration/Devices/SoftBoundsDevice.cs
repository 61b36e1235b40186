using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>A device whose step vanishes at its own bounds (spec devices, section 6).</summary>
public sealed record SoftBoundsDevice : WriteNoiseDeviceParameters
{
    /// <summary>A device with all defaults.</summary>
    public SoftBoundsDevice()
    {
    }

    /// <summary>A device with what another kind shares with it.</summary>
    internal SoftBoundsDevice(WriteNoiseDeviceParameters shared)
        : base(shared)
    {
    }

    /// <summary>Cycle-to-cycle noise multiplies the whole step. Default true.</summary>
    public bool MultNoise { get; init; } = true;

    /// <summary>Refer the up slope to the lower bound. Default false.</summary>
    public bool ReverseUp { get; init; }

    /// <summary>Refer the down slope to the upper bound. Default false.</summary>
    public bool ReverseDown { get; init; }

    /// <summary>Offset of the reversed reference. Default 0.01.</summary>
    public float ReverseOffset { get; init; } = 0.01f;

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        CheckReverse(ReverseUp, ReverseDown, MultNoise, checks);
        checks.Finite("reverse_offset", ReverseOffset);
    }

    /// <summary>The linear device that this one stands for: slopes of exactly one, referred to the cells' own bounds.</summary>
    internal LinearStepDevice ToLinearStep() => new(this)
    {
        GammaUp = 1,
        GammaDown = 1,
        GammaUpDtod = 0,
        GammaDownDtod = 0,
        AllowIncreasing = false,
        MeanBoundReference = false,
        MultNoise = MultNoise,
        ReverseUp = ReverseUp,
        ReverseDown = ReverseDown,
        ReverseOffset = ReverseOffset,
    };
}
