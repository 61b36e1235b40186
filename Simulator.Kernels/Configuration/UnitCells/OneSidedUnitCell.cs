using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>
/// Two devices that only ever take up pulses, the weight being their difference; aihwkit's <c>OneSidedUnitCell</c> with its defaults (spec compounds,
/// section 4). Device 0 counts negative, device 1 positive. The first device of the list describes both.
/// </summary>
public record OneSidedUnitCell : UnitCell
{
    /// <summary>Period of the test whether devices near saturation are to be refreshed; 0 is never. Default 0.</summary>
    public int RefreshEvery { get; init; }

    /// <summary>Whether the period counts mini-batches instead of vectors. Default true.</summary>
    public bool UnitsInMbatch { get; init; } = true;

    /// <summary>Fraction of <c>w_max</c> that the larger device must exceed to be refreshed. Default 0.75.</summary>
    public float RefreshUpperThres { get; init; } = 0.75f;

    /// <summary>Fraction of <c>w_max</c> that the smaller device must exceed to be refreshed. Default 0.25.</summary>
    public float RefreshLowerThres { get; init; } = 0.25f;

    /// <summary>How devices are read for the test.</summary>
    public IOParameters RefreshForward { get; init; } = new();

    /// <summary>How refreshed devices are written.</summary>
    public UpdateParameters RefreshUpdate { get; init; } = new();

    /// <summary>Whether device 1 gets its up and down sides exchanged. Default false.</summary>
    public bool CopyInverted { get; init; }

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.AtLeast("refresh_every", RefreshEvery, 0, "0 is off.");
        CellChecks.IO(RefreshForward, checks.Inside("refresh_forward"));
        CellChecks.Update(RefreshUpdate, checks.Inside("refresh_update"));
        if (UnitCellDevices.Count > 2)
        {
            checks.Fail("unit_cell_devices", $"saw {UnitCellDevices.Count}, expected one device, or two equal ones.");
        }
        else if (UnitCellDevices.Count == 2 && UnitCellDevices[0].GetType() != UnitCellDevices[1].GetType())
        {
            checks.Fail("unit_cell_devices", $"saw {UnitCellDevices[0].GetType().Name} and {UnitCellDevices[1].GetType().Name}, expected devices of one type.");
        }
    }

    /// <summary>Only single devices can be driven in one direction.</summary>
    private protected override void CheckKind(DeviceParameters device, FieldChecks checks)
    {
        if (device is not PulsedDeviceParameters)
        {
            checks.Fail("type", $"saw {device.GetType().Name}, expected a single pulsed device.");
        }
        else if (RefreshEvery > 0 && device is WriteNoiseDeviceParameters { WriteNoiseStd: > 0 })
        {
            checks.Fail(
                "write_noise_std", "saw write noise in a cell with refresh, whose resets would be hidden by it; set write_noise_std or refresh_every to 0.");
        }
    }
}
