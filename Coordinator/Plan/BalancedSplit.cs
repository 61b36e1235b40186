namespace Tessera.Coordination.Plan;

/// <summary>
/// Cuts one side of a layer into parts that differ by at most one (spec mapping, section 2): k = ceil(size / limit) parts, the first size mod k of them
/// one larger. Never full tiles plus a remainder.
/// </summary>
public static class BalancedSplit
{
    /// <summary>Sizes of the parts, in order.</summary>
    /// <param name="size">Inputs or outputs of the layer, 1 or more.</param>
    /// <param name="limit">Most of them on one tile; 0 or less is no limit.</param>
    public static int[] Of(int size, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        if (limit <= 0)
        {
            return [size];
        }

        var parts = ((size - 1) / limit) + 1;
        var (smaller, larger) = Math.DivRem(size, parts);
        var sizes = new int[parts];
        for (var part = 0; part < parts; part++)
        {
            sizes[part] = part < larger ? smaller + 1 : smaller;
        }

        return sizes;
    }
}
