using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Devices;

/// <summary>Builds the devices of a tile from their parameters. A new device is a file of its own and a line in <see cref="Create"/>.</summary>
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
            FloatingPointDevice f => new DigitalDeviceArray(rows, columns, f.Diffusion, f.Lifetime, null, tile),
            IdealDevice i => new DigitalDeviceArray(rows, columns, i.Diffusion, i.Lifetime, i.ResetStd, tile),
            PulsedDeviceParameters p when update.PulseType == PulseType.None =>
                new DigitalDeviceArray(rows, columns, p.Diffusion, p.Lifetime, p.ResetStd, tile),
            ConstantStepDevice c => new ConstantStepDeviceArray(c, update, rows, columns, tile),
            LinearStepDevice l => new LinearStepDeviceArray(l, update, rows, columns, tile),
            SoftBoundsDevice s => new LinearStepDeviceArray(LinearStepDeviceArray.FromSoftBounds(s), update, rows, columns, tile),
            _ => throw new NotSupportedException(
                $"There are no devices of type {device.GetType().Name}. Use FloatingPointDevice, IdealDevice, ConstantStepDevice, LinearStepDevice or SoftBoundsDevice."),
        };
    }
}
