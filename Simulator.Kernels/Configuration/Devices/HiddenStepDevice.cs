using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>
/// A constant-step device in front of which a hidden weight collects pulses: the visible weight jumps, by <c>dw_min</c> times the number of hidden
/// states, when the hidden one leaves [-1, 1] (spec devices, section 6). aihwkit has it in its engine only.
/// </summary>
public sealed record HiddenStepDevice : PulsedDeviceParameters
{
    /// <summary>Up-down asymmetry of the hidden step. Default 0.</summary>
    public float HsUpDown { get; init; }

    /// <summary>Device-to-device spread of that asymmetry. Default 0.01.</summary>
    public float HsUpDownDtod { get; init; } = 0.01f;

    /// <summary>Relative device-to-device spread of the hidden step. Default 0.3.</summary>
    public float HsDwMinDtod { get; init; } = 0.3f;

    /// <summary>Relative cycle-to-cycle noise of the hidden step. Default 0.</summary>
    public float HsDwMinStd { get; init; }

    /// <summary>Hidden states: a hidden step is 1 over this. Above 0, default 2.</summary>
    public float HsHiddenStates { get; init; } = 2f;

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.Finite("hs_up_down", HsUpDown);
        checks.NotNegative("hs_up_down_dtod", HsUpDownDtod);
        checks.NotNegative("hs_dw_min_dtod", HsDwMinDtod);
        checks.NotNegative("hs_dw_min_std", HsDwMinStd);
        checks.Positive("hs_hidden_states", HsHiddenStates);
    }
}
