using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>Digital weights without bounds or hidden parameters (spec devices, section 2).</summary>
public sealed record FloatingPointDevice : DeviceParameters
{
    /// <summary>Power-law drift of an explicit call. Default: none.</summary>
    public SimpleDriftParameter Drift { get; init; } = new();

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        Drift.Check(checks.Inside("drift"));
    }
}
