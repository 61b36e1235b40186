using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tiles;

/// <summary>Digital weights with exact products and updates: the reference that analog tiles are measured against (aihwkit's <c>FloatingPointTile</c>).</summary>
public sealed class FloatingPointTile : SimulatorTile
{
    private static readonly IOParameters Perfect = new() { IsPerfect = true };

    /// <summary>Builds the tile; fresh weights are uniform in [-0.1, 0.1).</summary>
    /// <param name="config">Dynamics and mapping.</param>
    /// <param name="shape">Logical size.</param>
    /// <param name="identity">Who draws.</param>
    /// <param name="options">Wiring; default for tiles of a plan.</param>
    public FloatingPointTile(FloatingPointRPUConfig config, TileShape shape, TileIdentity identity, TileOptions? options = null)
        : base(
            shape,
            identity,
            config.Mapping,
            config.PrePost,
            Perfect,
            Perfect,
            (rows, columns) => DeviceArrays.Create(config.Device, new UpdateParameters { PulseType = PulseType.None }, rows, columns, identity),
            outBound: 0,
            config.Runtime,
            options ?? new TileOptions())
    {
    }

    /// <inheritdoc/>
    private protected override string DeviceName => nameof(FloatingPointDevice);
}
