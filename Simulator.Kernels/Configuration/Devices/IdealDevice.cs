using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>An ideal device: exact update, analog forward and backward possible (spec devices, section 2).</summary>
public sealed record IdealDevice : DeviceParameters
{
    /// <summary>Seed of the device construction; 0 derives it from the run seed. Default 0.</summary>
    public int ConstructionSeed { get; init; }

    /// <summary>Standard deviation of the weight after a reset. Default 0.01.</summary>
    public float ResetStd { get; init; } = 0.01f;

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.NotNegative("reset_std", ResetStd);
    }
}
