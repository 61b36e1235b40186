using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>A device whose step falls exponentially with its weight (spec devices, section 6). The shape has no device variation.</summary>
public sealed record ExpStepDevice : WriteNoiseDeviceParameters
{
    /// <summary>Amplitude of the exponential of up steps (<c>A_up</c>). Default 0.00081.</summary>
    [ConfigField(Name = "A_up")]
    public float AmplitudeUp { get; init; } = 0.00081f;

    /// <summary>Amplitude of the exponential of down steps (<c>A_down</c>). Default 0.36833.</summary>
    [ConfigField(Name = "A_down")]
    public float AmplitudeDown { get; init; } = 0.36833f;

    /// <summary>Exponent of up steps. Default 12.44625.</summary>
    public float GammaUp { get; init; } = 12.44625f;

    /// <summary>Exponent of down steps. Default 12.78785.</summary>
    public float GammaDown { get; init; } = 12.78785f;

    /// <summary>Scale of the weight, relative to half the range, in the exponent (<c>a</c>). Default 0.244.</summary>
    [ConfigField(Name = "a")]
    public float Scale { get; init; } = 0.244f;

    /// <summary>Offset in the exponent (<c>b</c>). Default 0.2425.</summary>
    [ConfigField(Name = "b")]
    public float Offset { get; init; } = 0.2425f;

    /// <summary>Constant part of the cycle-to-cycle noise, in weight units, times <c>dw_min_std</c>. Default 0.</summary>
    public float DwMinStdAdd { get; init; }

    /// <summary>Part of the cycle-to-cycle noise that grows with |w|, times <c>dw_min_std</c>. Default 0.</summary>
    public float DwMinStdSlope { get; init; }

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.Finite("A_up", AmplitudeUp);
        checks.Finite("A_down", AmplitudeDown);
        checks.Finite("gamma_up", GammaUp);
        checks.Finite("gamma_down", GammaDown);
        checks.Finite("a", Scale);
        checks.Finite("b", Offset);
        checks.Finite("dw_min_std_add", DwMinStdAdd);
        checks.Finite("dw_min_std_slope", DwMinStdSlope);
    }
}
