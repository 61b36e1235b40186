using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>
/// Several devices at every cross-point that act as one weight (spec compounds, sections 1 to 8). Diffusion and decay are parameters of the devices
/// inside. Two cells are equal if their fields and the devices in their lists are.
/// </summary>
[ConfigOmit("diffusion", "lifetime")]
public abstract record UnitCell : DeviceParameters
{
    /// <summary>The devices, in order: single pulsed devices or further cells.</summary>
    public IReadOnlyList<DeviceParameters> UnitCellDevices { get; init; } = [];

    /// <summary>Seed of the devices of the cell, whose own seeds are ignored; 0 derives it from the run seed. Default 0.</summary>
    public int ConstructionSeed { get; init; }

    /// <summary>Fewest entries of the list.</summary>
    private protected virtual int DevicesMin => 1;

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        if (UnitCellDevices.Count < DevicesMin)
        {
            var expected = DevicesMin == 1 ? "a device" : $"{DevicesMin} devices";
            checks.Fail(
                "unit_cell_devices",
                $"saw {UnitCellDevices.Count}, expected {expected} or more; list them by name, for instance [SoftBoundsDevice, SoftBoundsDevice].");
        }

        for (var k = 0; k < UnitCellDevices.Count; k++)
        {
            var inside = checks.Inside($"unit_cell_devices.{k}");
            UnitCellDevices[k].Check(inside);
            CheckKind(UnitCellDevices[k], inside);
        }
    }

    /// <inheritdoc cref="object.Equals(object)"/>
    public virtual bool Equals(UnitCell? other) => base.Equals(other)
        && ConstructionSeed == other.ConstructionSeed && UnitCellDevices.SequenceEqual(other.UnitCellDevices);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), ConstructionSeed, UnitCellDevices.Count);

    /// <summary>Only devices that take pulses can be part of a cell.</summary>
    private protected virtual void CheckKind(DeviceParameters device, FieldChecks checks)
    {
        if (device is not (PulsedDeviceParameters or UnitCell))
        {
            checks.Fail("type", $"saw {device.GetType().Name}, expected a pulsed device or another unit cell.");
        }
    }
}
