using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.UnitCells;

namespace Tessera.Kernels.Devices;

/// <summary>Builds the devices of a tile from their parameters. Pulsed ones are listed in <see cref="DeviceFamilies"/>.</summary>
public static class DeviceArrays
{
    /// <summary>Creates the devices; the same arguments always give the same hidden parameters.</summary>
    /// <param name="device">Which device, with its parameters.</param>
    /// <param name="update">How updates become pulses; None replaces the device by a digital one (spec update, section 3).</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs, with the analog bias column where there is one.</param>
    /// <param name="tile">Who draws.</param>
    /// <exception cref="ArgumentException">Impossible parameters; the message lists all of them.</exception>
    /// <exception cref="NotSupportedException">The device or the pulse type is not available.</exception>
    public static DeviceArray Create(DeviceParameters device, UpdateParameters update, int rows, int columns, TileIdentity tile)
    {
        var problems = PhysicsValidation.Of(device).Concat(PhysicsValidation.Of(update)).ToList();
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        return device switch
        {
            FloatingPointDevice f => new DigitalDeviceArray(rows, columns, f.Diffusion, f.Lifetime, null, f.Drift, tile),
            IdealDevice i => new DigitalDeviceArray(rows, columns, i.Diffusion, i.Lifetime, i.ResetStd, new SimpleDriftParameter(), tile),
            PulsedDeviceParameters p when update.PulseType == PulseType.None =>
                new DigitalDeviceArray(rows, columns, p.Diffusion, p.Lifetime, p.ResetStd, p.Drift, tile),
            (UnitCell or DigitalRankUpdateCell) when update.PulseType == PulseType.None =>
                new DigitalDeviceArray(rows, columns, 0, 0, 0, new SimpleDriftParameter(), tile),
            UnitCell cell => UnitCellArrays.Create(cell, update, rows, columns, tile),
            MixedPrecisionCompound compound => UnitCellArrays.Create(compound, update, rows, columns, tile),
            _ when DeviceFamilies.BuilderOf(device.GetType()) is { } build => build(device, update, rows, columns, tile),
            _ => throw new NotSupportedException(
                $"There are no devices of type {device.GetType().Name}. Known: {string.Join(", ", DeviceFamilies.ParameterTypes.Select(type => type.Name))}."),
        };
    }
}
