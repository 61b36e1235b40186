namespace Tessera.Protocol.Plan;

/// <summary>
/// The one order in which the partial sums of a layer are added, whatever computes them: parts are paired by doubling strides, so
/// part i takes part i + s for s = 1, 2, 4, ... and i a multiple of 2 s. For five parts: ((0 + 1) + (2 + 3)) + 4.
/// </summary>
public sealed class ReductionTree
{
    /// <summary>Builds the tree.</summary>
    /// <param name="parts">Partial sums, 1 or more.</param>
    public ReductionTree(int parts)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(parts);
        Parts = parts;
        var additions = new List<(int Into, int From)>(parts - 1);
        for (var stride = 1; stride < parts; stride *= 2)
        {
            for (var into = 0; into + stride < parts; into += 2 * stride)
            {
                additions.Add((into, into + stride));
            }
        }

        Additions = additions;
    }

    /// <summary>Partial sums.</summary>
    public int Parts { get; }

    /// <summary>The additions in order: the sum at Into takes the sum at From.</summary>
    public IReadOnlyList<(int Into, int From)> Additions { get; }

    /// <inheritdoc/>
    public override string ToString()
    {
        var terms = Enumerable.Range(0, Parts).Select(part => part.ToString(System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        foreach (var (into, from) in Additions)
        {
            terms[into] = $"({terms[into]} + {terms[from]})";
        }

        return terms[0];
    }
}
