using Tessera.Kernels.Configuration;

namespace Tessera.Host.Programming;

/// <summary>A place of the map.</summary>
/// <param name="Rule">Position of the rule.</param>
/// <param name="States">Pulses that cross the range of a device.</param>
/// <param name="ReferenceStd">Spread of the references.</param>
internal readonly record struct ProgrammingPoint(int Rule, float States, float ReferenceStd)
{
    /// <summary>The rule's physics with the devices of this place.</summary>
    /// <remarks>The spread goes to devices that take gradients; the slow device of a compound keeps the reference that the file gives it.</remarks>
    public AnalogRPUConfig Physics(ProgrammingConfig config)
    {
        SoftBoundsReferenceDevice weight = WithStates(config.WeightDevice);
        SoftBoundsReferenceDevice gradient = WithStates(config.GradientDevice) with { ReferenceStd = ReferenceStd };
        SoftBoundsReferenceDevice alone = weight with { ReferenceStd = ReferenceStd };
        return config.Rules[Rule].RpuConfig switch
        {
            SingleRPUConfig single => single with { Device = alone },
            UnitCellRPUConfig { Device: TransferCompound compound } cell => cell with { Device = compound with { UnitCellDevices = [gradient, weight] } },
            UnitCellRPUConfig cell => cell with { Device = cell.Device with { UnitCellDevices = [alone, alone] } },
            DigitalRankUpdateRPUConfig { Device: MixedPrecisionCompound mixed } rank => rank with { Device = mixed with { Device = alone } },
            AnalogRPUConfig other => other,
        };
    }

    private SoftBoundsReferenceDevice WithStates(SoftBoundsReferenceDevice device) => device with { DwMin = (device.WMax - device.WMin) / States };
}
