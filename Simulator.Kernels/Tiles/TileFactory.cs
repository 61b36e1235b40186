using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tiles;

/// <summary>Builds the tile that a physics configuration asks for.</summary>
public static class TileFactory
{
    /// <summary>Builds a tile.</summary>
    /// <param name="config">Physics.</param>
    /// <param name="shape">Logical size.</param>
    /// <param name="identity">Who draws.</param>
    /// <param name="options">Wiring; default for tiles of a plan.</param>
    /// <exception cref="NotSupportedException">The configuration has no tile yet.</exception>
    public static SimulatorTile Create(RpuConfig config, TileShape shape, TileIdentity identity, TileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config switch
        {
            FloatingPointRPUConfig floatingPoint => new FloatingPointTile(floatingPoint, shape, identity, options),
            AnalogRPUConfig analog => new AnalogTile(analog, shape, identity, options),
            _ => throw new NotSupportedException(
                $"No tile for {config.GetType().Name}, expected {nameof(FloatingPointRPUConfig)} or an {nameof(AnalogRPUConfig)}."),
        };
    }
}
