using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>A power-step device beside a reference device that is subtracted on reading; it has no write noise (spec devices, section 6).</summary>
public sealed record PowStepReferenceDevice : PulsedDeviceParameters
{
    /// <summary>Mean exponent. Default 1.</summary>
    public float PowGamma { get; init; } = 1f;

    /// <summary>Relative device-to-device spread of the exponent. Default 0.1.</summary>
    public float PowGammaDtod { get; init; } = 0.1f;

    /// <summary>Asymmetry of the exponents relative to their mean: positive shrinks that of down steps, negative that of up steps. Default 0.</summary>
    public float PowUpDown { get; init; }

    /// <summary>Device-to-device spread of that asymmetry. Default 0.</summary>
    public float PowUpDownDtod { get; init; }

    /// <summary>Whether each reference also holds its device's symmetry point. Default false.</summary>
    public bool SubtractSymmetryPoint { get; init; }

    /// <summary>Pairs of pulses after which the symmetry point counts as found; 0 or less takes ten times the range over the smaller step, at most 10,000. Default -1.</summary>
    public int NEstimationSteps { get; init; } = -1;

    /// <summary>Mean of the reference, in weight units. Default 0.</summary>
    public float ReferenceMean { get; init; }

    /// <summary>Spread of the reference (absolute). Default 0.</summary>
    public float ReferenceStd { get; init; }

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.Finite("pow_gamma", PowGamma);
        checks.NotNegative("pow_gamma_dtod", PowGammaDtod);
        checks.Finite("pow_up_down", PowUpDown);
        checks.NotNegative("pow_up_down_dtod", PowUpDownDtod);
        checks.Finite("reference_mean", ReferenceMean);
        checks.NotNegative("reference_std", ReferenceStd);
    }
}
