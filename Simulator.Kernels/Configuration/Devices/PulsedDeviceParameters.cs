using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>Parameters shared by every pulsed device. aihwkit's <c>PulsedDevice</c> with its defaults (spec devices, section 3).</summary>
public abstract record PulsedDeviceParameters : DeviceParameters
{
    /// <summary>Seed of the device-to-device variation; 0 derives it from the run seed. Default 0.</summary>
    public int ConstructionSeed { get; init; }

    /// <summary>Probability that a device is stuck, 0 to 1. Default 0.</summary>
    public float CorruptDevicesProb { get; init; }

    /// <summary>Stuck values lie within +- this. Default 0.1.</summary>
    public float CorruptDevicesRange { get; init; } = 0.1f;

    /// <summary>Count the up and down pulses that each device receives. Default false.</summary>
    public bool CountPulses { get; init; }

    /// <summary>Relative spread of the diffusion. Default 0.</summary>
    public float DiffusionDtod { get; init; }

    /// <summary>Power-law drift of an explicit call. Default: none.</summary>
    public DriftParameter Drift { get; init; } = new();

    /// <summary>Mean step of one pulse, in weight units, above 0. Default 0.001.</summary>
    public float DwMin { get; init; } = 0.001f;

    /// <summary>Relative device-to-device spread of the step. Default 0.3.</summary>
    public float DwMinDtod { get; init; } = 0.3f;

    /// <summary>Log-normal instead of normal spread of the step. Default false.</summary>
    public bool DwMinDtodLogNormal { get; init; }

    /// <summary>Relative cycle-to-cycle noise of the step. Default 0.3.</summary>
    public float DwMinStd { get; init; } = 0.3f;

    /// <summary>Keep steps and bounds on their side of zero. Default true.</summary>
    public bool EnforceConsistency { get; init; } = true;

    /// <summary>Relative spread of the lifetime. Default 0.</summary>
    public float LifetimeDtod { get; init; }

    /// <summary>Ideal last column. Default false.</summary>
    public bool PerfectBias { get; init; }

    /// <summary>Mean of the weight after a reset. Default 0.</summary>
    public float Reset { get; init; }

    /// <summary>Device-to-device spread of the reset value (absolute). Default 0.</summary>
    public float ResetDtod { get; init; }

    /// <summary>Cycle-to-cycle spread of the reset value (absolute). Default 0.01.</summary>
    public float ResetStd { get; init; } = 0.01f;

    /// <summary>Up-down asymmetry relative to the step: positive shrinks the down step, negative the up step. Default 0.</summary>
    public float UpDown { get; init; }

    /// <summary>Device-to-device spread of the asymmetry. Default 0.01.</summary>
    public float UpDownDtod { get; init; } = 0.01f;

    /// <summary>Mean upper bound, at least 0. Default 0.6.</summary>
    public float WMax { get; init; } = 0.6f;

    /// <summary>Relative spread of the upper bound. Default 0.3.</summary>
    public float WMaxDtod { get; init; } = 0.3f;

    /// <summary>Mean lower bound, at most 0. Default -0.6.</summary>
    public float WMin { get; init; } = -0.6f;

    /// <summary>Relative spread of the lower bound. Default 0.3.</summary>
    public float WMinDtod { get; init; } = 0.3f;

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.Positive("dw_min", DwMin, "It is the mean weight change of one pulse; 0.001 is the default.");
        checks.NotNegative("w_max", WMax, "0 must lie between w_min and w_max.");
        checks.NotPositive("w_min", WMin, "0 must lie between w_min and w_max.");
        checks.Between("corrupt_devices_prob", CorruptDevicesProb, 0, 1, "It is a probability.");
        checks.NotNegative("corrupt_devices_range", CorruptDevicesRange);
        checks.NotNegative("dw_min_dtod", DwMinDtod);
        checks.NotNegative("dw_min_std", DwMinStd);
        checks.NotNegative("w_max_dtod", WMaxDtod);
        checks.NotNegative("w_min_dtod", WMinDtod);
        checks.Finite("up_down", UpDown);
        checks.NotNegative("up_down_dtod", UpDownDtod);
        checks.NotNegative("diffusion_dtod", DiffusionDtod);
        checks.NotNegative("lifetime_dtod", LifetimeDtod);
        checks.Finite("reset", Reset);
        checks.NotNegative("reset_dtod", ResetDtod);
        checks.NotNegative("reset_std", ResetStd);
        Drift.Check(checks.Inside("drift"));
    }
}
