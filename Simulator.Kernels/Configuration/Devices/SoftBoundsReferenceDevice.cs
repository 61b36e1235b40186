using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>A soft-bounds device beside a reference device that is subtracted on reading (spec devices, section 6).</summary>
public sealed record SoftBoundsReferenceDevice : WriteNoiseDeviceParameters
{
    /// <summary>Cycle-to-cycle noise multiplies the whole step. Default false.</summary>
    public bool MultNoise { get; init; }

    /// <summary>Spread of the slope of up steps, which divides the upper bound. Default 0.</summary>
    public float SlopeUpDtod { get; init; }

    /// <summary>Spread of the slope of down steps, which divides the lower bound. Default 0.</summary>
    public float SlopeDownDtod { get; init; }

    /// <summary>Mean of the reference, in weight units. Default 0.</summary>
    public float ReferenceMean { get; init; }

    /// <summary>Spread of the reference (absolute). Default 0.</summary>
    public float ReferenceStd { get; init; }

    /// <summary>Whether each reference also holds its device's symmetry point. Default false.</summary>
    public bool SubtractSymmetryPoint { get; init; }

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.NotNegative("slope_up_dtod", SlopeUpDtod);
        checks.NotNegative("slope_down_dtod", SlopeDownDtod);
        checks.Finite("reference_mean", ReferenceMean);
        checks.NotNegative("reference_std", ReferenceStd);
    }
}
