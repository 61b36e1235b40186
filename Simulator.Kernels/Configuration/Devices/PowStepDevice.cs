using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>A device whose step is a power of the room that is left to the bound (spec devices, section 6).</summary>
public sealed record PowStepDevice : WriteNoiseDeviceParameters
{
    /// <summary>Mean exponent. Default 1.</summary>
    public float PowGamma { get; init; } = 1f;

    /// <summary>Relative device-to-device spread of the exponent. Default 0.1.</summary>
    public float PowGammaDtod { get; init; } = 0.1f;

    /// <summary>Asymmetry of the exponents relative to their mean: positive shrinks that of down steps, negative that of up steps. Default 0.</summary>
    public float PowUpDown { get; init; }

    /// <summary>Device-to-device spread of that asymmetry. Default 0.</summary>
    public float PowUpDownDtod { get; init; }

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.Finite("pow_gamma", PowGamma);
        checks.NotNegative("pow_gamma_dtod", PowGammaDtod);
        checks.Finite("pow_up_down", PowUpDown);
        checks.NotNegative("pow_up_down_dtod", PowUpDownDtod);
    }
}
