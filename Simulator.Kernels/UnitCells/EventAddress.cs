namespace Tessera.Kernels.UnitCells;

/// <summary>Vector words of what happens several times behind one vector, such as the reading of each slice.</summary>
internal static class EventAddress
{
    /// <summary>The word of the first of them; the next ones follow.</summary>
    /// <param name="vector">Word of the vector.</param>
    /// <param name="count">How often it happens behind every vector.</param>
    /// <exception cref="OverflowException">The address space of a mini-batch is too small.</exception>
    internal static uint Of(uint vector, int count)
    {
        var word = (ulong)vector * (uint)count;
        return word + (uint)count <= int.MaxValue
            ? (uint)word
            : throw new OverflowException(
                $"Vector {vector} with {count} slices has no address within a mini-batch; use smaller mini-batches or smaller tiles.");
    }
}
