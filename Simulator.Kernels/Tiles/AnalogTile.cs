using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Validation;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tiles;

/// <summary>One crossbar of pulsed devices with analog read-out in both directions (aihwkit's <c>AnalogTile</c>).</summary>
public sealed class AnalogTile : SimulatorTile
{
    /// <summary>Outputs this close to the bound count as clipped in the backward pass (spec forward, section 11).</summary>
    private const float BoundFraction = 0.999f;

    private readonly AnalogRPUConfig _config;

    /// <summary>Builds the tile; fresh weights are uniform in [-0.1, 0.1), as far as the devices can hold them.</summary>
    /// <param name="config">Physics.</param>
    /// <param name="shape">Logical size.</param>
    /// <param name="identity">Who draws.</param>
    /// <param name="options">Wiring; default for tiles of a plan.</param>
    public AnalogTile(AnalogRPUConfig config, TileShape shape, TileIdentity identity, TileOptions? options = null)
        : base(
            shape,
            identity,
            config.Mapping,
            config.PrePost,
            config.Forward,
            config.Backward,
            (rows, columns) => DeviceArrays.Create(config.Devices, config.Update, rows, columns, identity),
            OutputBound(config.Forward),
            HalfStateValidator.Require(config),
            options ?? new TileOptions())
    {
        _config = config;
    }

    /// <inheritdoc/>
    private protected override string DeviceName => _config.Devices.GetType().Name;

    /// <summary>The mask follows the bound alone, whatever the read-out does with it, as in aihwkit.</summary>
    private static float OutputBound(IOParameters forward) => forward.OutBound > 0 ? BoundFraction * forward.OutScale * forward.OutBound : 0;
}
