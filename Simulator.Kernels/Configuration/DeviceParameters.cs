namespace Tessera.Kernels.Configuration;

/// <summary>Base of every device's parameters.</summary>
public abstract record DeviceParameters
{
    /// <summary>Standard deviation of the diffusion after each mini-batch, in weight units. Default 0.</summary>
    public float Diffusion { get; init; }

    /// <summary>Lifetime in mini-batches: each step the weight decays by 1/lifetime; 0 is off. Default 0.</summary>
    public float Lifetime { get; init; }
}

/// <summary>Digital weights without bounds or hidden parameters (spec devices, section 2).</summary>
public sealed record FloatingPointDevice : DeviceParameters;

/// <summary>An ideal device: exact update, analog forward and backward possible (spec devices, section 2).</summary>
public sealed record IdealDevice : DeviceParameters
{
    /// <summary>Seed of the device construction; 0 derives it from the run seed. Default 0.</summary>
    public int ConstructionSeed { get; init; }

    /// <summary>Standard deviation of the weight after a reset. Default 0.01.</summary>
    public float ResetStd { get; init; } = 0.01f;
}

/// <summary>Parameters shared by every pulsed device. aihwkit's <c>PulsedDevice</c> with its defaults (spec devices, section 3).</summary>
public abstract record PulsedDeviceParameters : DeviceParameters
{
    /// <summary>Seed of the device-to-device variation; 0 derives it from the run seed. Default 0.</summary>
    public int ConstructionSeed { get; init; }

    /// <summary>Probability that a device is stuck, 0 to 1. Default 0.</summary>
    public float CorruptDevicesProb { get; init; }

    /// <summary>Stuck values lie within +- this. Default 0.1.</summary>
    public float CorruptDevicesRange { get; init; } = 0.1f;

    /// <summary>Relative spread of the diffusion. Default 0.</summary>
    public float DiffusionDtod { get; init; }

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
}

/// <summary>A device whose step does not depend on its weight (spec devices, section 6).</summary>
public sealed record ConstantStepDevice : PulsedDeviceParameters;

/// <summary>Adds write noise: the visible weight is a noisy copy of a persistent one.</summary>
public abstract record WriteNoiseDeviceParameters : PulsedDeviceParameters
{
    /// <summary>Standard deviation of the write noise relative to <see cref="PulsedDeviceParameters.DwMin"/>. Default 0 (off).</summary>
    public float WriteNoiseStd { get; init; }

    /// <summary>Whether setting weights adds write noise. Default true.</summary>
    public bool ApplyWriteNoiseOnSet { get; init; } = true;
}

/// <summary>A device whose step is linear in its weight (spec devices, section 6).</summary>
public sealed record LinearStepDevice : WriteNoiseDeviceParameters
{
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
}

/// <summary>A device whose step vanishes at its own bounds (spec devices, section 6).</summary>
public sealed record SoftBoundsDevice : WriteNoiseDeviceParameters
{
    /// <summary>Cycle-to-cycle noise multiplies the whole step. Default true.</summary>
    public bool MultNoise { get; init; } = true;

    /// <summary>Refer the up slope to the lower bound. Default false.</summary>
    public bool ReverseUp { get; init; }

    /// <summary>Refer the down slope to the upper bound. Default false.</summary>
    public bool ReverseDown { get; init; }

    /// <summary>Offset of the reversed reference. Default 0.01.</summary>
    public float ReverseOffset { get; init; } = 0.01f;
}
