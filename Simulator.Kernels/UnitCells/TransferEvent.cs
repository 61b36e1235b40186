using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.UnitCells;

/// <summary>A transfer in the middle of an update.</summary>
internal readonly ref struct TransferEvent
{
    /// <summary>The weights that the cell shows.</summary>
    internal required WeightMatrix Weights { get; init; }

    /// <summary>The update.</summary>
    internal required PulseCall Call { get; init; }

    /// <summary>The vector of the update that the transfer follows.</summary>
    internal required int Vector { get; init; }

    /// <summary>Which of several events of one array behind the vector, from 0.</summary>
    internal int Turn { get; init; }

    /// <summary>Vector word of an address of what happens once for each vector.</summary>
    internal uint Address => checked(Call.At.Vector + (uint)Vector);
}
