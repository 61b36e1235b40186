using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>A device whose step is linear in its weight (spec devices, section 6).</summary>
public sealed record LinearStepDevice : WriteNoiseDeviceParameters
{
    /// <summary>A device with all defaults.</summary>
    public LinearStepDevice()
    {
    }

    /// <summary>A device with what another kind shares with it.</summary>
    internal LinearStepDevice(WriteNoiseDeviceParameters shared)
        : base(shared)
    {
    }

    /// <summary>Slope of the up step. Default 0.</summary>
    public float GammaUp { get; init; }

    /// <summary>Slope of the down step. Default 0.</summary>
    public float GammaDown { get; init; }

    /// <summary>Absolute spread of the up slope. Default 0.05.</summary>
    public float GammaUpDtod { get; init; } = 0.05f;

    /// <summary>Absolute spread of the down slope. Default 0.05.</summary>
    public float GammaDownDtod { get; init; } = 0.05f;

    /// <summary>Allow steps that grow towards the bound. Default false.</summary>
    public bool AllowIncreasing { get; init; }

    /// <summary>Refer slopes to the mean bounds instead of the device's own. Default true.</summary>
    public bool MeanBoundReference { get; init; } = true;

    /// <summary>Cycle-to-cycle noise multiplies the whole step instead of its constant part. Default true.</summary>
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
        checks.Finite("gamma_up", GammaUp);
        checks.Finite("gamma_down", GammaDown);
        checks.NotNegative("gamma_up_dtod", GammaUpDtod);
        checks.NotNegative("gamma_down_dtod", GammaDownDtod);
        checks.Finite("reverse_offset", ReverseOffset);
    }
}
