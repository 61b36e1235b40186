using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Devices;

/// <summary>Devices whose step does not depend on their weight (spec devices, section 6, ConstantStep).</summary>
internal sealed class ConstantStepDeviceArray : PulsedDeviceArray<ConstantStepModel>
{
    internal ConstantStepDeviceArray(ConstantStepDevice device, UpdateParameters update, int rows, int columns, TileIdentity tile)
        : base(device, update, rows, columns, tile, [])
    {
        Model = new ConstantStepModel(device.DwMinStd);
        Construct();
    }

    /// <inheritdoc/>
    protected override ConstantStepModel Model { get; }
}
