using System.Runtime.InteropServices;
using Tessera.Kernels.Tiles;

namespace Tessera.Actors.Simulation;

/// <summary>A 64-bit hash of all bits of a tile's mutable state.</summary>
internal sealed class StateHash : ITileStateVisitor
{
    private ulong _hash;

    /// <summary>Hashes the live state.</summary>
    public ulong Of(ITile tile)
    {
        _hash = 0x13198A2E03707344;
        tile.VisitState(this);
        return SimulationRandom.Scramble(_hash);
    }

    /// <inheritdoc/>
    public void Visit(string name, int rows, int columns, int stride, Span<float> values)
    {
        Mix(((ulong)(uint)rows << 32) | (uint)columns);
        for (var row = 0; row < rows; row++)
        {
            foreach (var bits in MemoryMarshal.Cast<float, uint>(values.Slice(row * stride, columns)))
            {
                Mix(bits);
            }
        }
    }

    private void Mix(ulong value) => _hash = System.Numerics.BitOperations.RotateLeft((_hash ^ value) * 0x9E3779B97F4A7C15, 29);
}
