using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>Power-law drift with one exponent for all weights (aihwkit's <c>SimpleDriftParameter</c>; spec devices, section 9).</summary>
public record SimpleDriftParameter
{
    /// <summary>Mean drift exponent; 0 is no drift. Default 0.</summary>
    public float Nu { get; init; }

    /// <summary>Time unit: times are divided by it. Above 0, default 1.</summary>
    [ConfigField(Name = "t_0")]
    public float T0 { get; init; } = 1f;

    /// <summary>A weight that changed by more than this since the last drift starts to drift anew. Default 1e-7.</summary>
    public float ResetTol { get; init; } = 1e-7f;

    /// <summary>Reports values that no drift can have.</summary>
    public virtual void Check(FieldChecks checks)
    {
        checks.NotNegative("nu", Nu, "0 is off.");
        checks.Positive("t_0", T0);
        checks.NotNegative("reset_tol", ResetTol);
    }
}

/// <summary>Power-law drift of pulsed devices, each with its own exponent (aihwkit's <c>DriftParameter</c>; spec devices, section 9).</summary>
public sealed record DriftParameter : SimpleDriftParameter
{
    /// <summary>Relative device-to-device spread of the exponent. Default 0.</summary>
    public float NuDtod { get; init; }

    /// <summary>Relative spread of the exponent from one call to the next. Default 0.</summary>
    public float NuStd { get; init; }

    /// <summary>Weight units per conductance unit. Not 0, default 1.</summary>
    public float WgRatio { get; init; } = 1f;

    /// <summary>Conductance at weight offset. Default 0.</summary>
    public float GOffset { get; init; }

    /// <summary>Weight at zero conductance difference. Default 0.</summary>
    public float WOffset { get; init; }

    /// <summary>Change of the exponent with the logarithm of the conductance. Default 0 (none).</summary>
    public float NuK { get; init; }

    /// <summary>Logarithm of the conductance at which the exponent is <see cref="SimpleDriftParameter.Nu"/>. Default 0.</summary>
    [ConfigField(Name = "log_g0")]
    public float LogG0 { get; init; }

    /// <summary>Standard deviation of noise added to the weights by each call. Default 0.</summary>
    public float WNoiseStd { get; init; }

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.NotNegative("nu_dtod", NuDtod);
        checks.NotNegative("nu_std", NuStd);
        checks.NotNegative("w_noise_std", WNoiseStd);
        checks.Finite("g_offset", GOffset);
        checks.Finite("w_offset", WOffset);
        checks.Finite("nu_k", NuK);
        checks.Finite("log_g0", LogG0);
        if (WgRatio == 0 || !float.IsFinite(WgRatio)) { checks.Fail("wg_ratio", $"saw {FieldChecks.Text(WgRatio)}, expected a finite number other than 0."); }
    }
}
