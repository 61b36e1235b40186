using Tessera.Kernels.Configuration.Validation;
using Tessera.Kernels.Forward;

namespace Tessera.Kernels.Configuration;

/// <summary>Read-out and write settings inside a unit cell.</summary>
internal static class CellChecks
{
    /// <summary>One pulse slot without managements: what a whole number of pulses is written with.</summary>
    internal static UpdateParameters SinglePulse { get; } = new() { DesiredBl = 1, UpdateBlManagement = false, UpdateManagement = false };

    /// <summary>Checks a read-out.</summary>
    internal static void IO(IOParameters io, FieldChecks checks) => RpuConfigValidator.CheckIO(io, MvmDirection.Forward, physicalRows: 0, checks);

    /// <summary>Checks a write.</summary>
    internal static void Update(UpdateParameters update, FieldChecks checks)
    {
        RpuConfigValidator.CheckUpdate(update, checks);
        if (update.PulseType == PulseType.None) checks.Fail("pulse_type", "saw None, expected pulses, or NoneWithDevice for exact writes.");
    }
}
