using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>Adds write noise: the visible weight is a noisy copy of a persistent one.</summary>
public abstract record WriteNoiseDeviceParameters : PulsedDeviceParameters
{
    /// <summary>Standard deviation of the write noise relative to <see cref="PulsedDeviceParameters.DwMin"/>. Default 0 (off).</summary>
    public float WriteNoiseStd { get; init; }

    /// <summary>Whether setting weights adds write noise. Default true.</summary>
    public bool ApplyWriteNoiseOnSet { get; init; } = true;

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.NotNegative("write_noise_std", WriteNoiseStd, "0 is off.");
    }

    /// <summary>Reversed references exist with multiplicative noise only.</summary>
    private protected static void CheckReverse(bool up, bool down, bool multNoise, FieldChecks checks)
    {
        if ((up || down) && !multNoise)
        {
            checks.Fail(up ? "reverse_up" : "reverse_down", "saw true with mult_noise false; reversed references need multiplicative noise: set mult_noise to true.");
        }
    }
}
