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

    /// <summary>
    /// The largest subtrees that lie wholly within some of the parts, in order. They cover exactly these parts, and whoever holds the parts can add each of
    /// them without knowing the others.
    /// </summary>
    /// <param name="owned">By part, whether it is one of them.</param>
    /// <returns>First part of each subtree, and the part after its last.</returns>
    public IReadOnlyList<(int First, int End)> SubtreesWithin(ReadOnlySpan<bool> owned)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(owned.Length, Parts);
        var subtrees = new List<(int First, int End)>();
        var first = 0;
        while (first < Parts)
        {
            if (!owned[first])
            {
                first++;
                continue;
            }

            var size = 1;
            while (size < Parts && first % (2 * size) == 0 && !owned[first..Math.Min(first + (2 * size), Parts)].Contains(false))
            {
                size *= 2;
            }

            var end = Math.Min(first + size, Parts);
            subtrees.Add((first, end));
            first = end;
        }

        return subtrees;
    }

    /// <summary>The additions that are left to do with the sums of some subtrees, in order: the sum at Into takes the sum at From.</summary>
    /// <param name="subtrees">Subtrees in order that cover all parts once; the total ends at the first.</param>
    /// <exception cref="ArgumentException">They do not cover all parts once, or are no subtrees.</exception>
    public IReadOnlyList<(int Into, int From)> AdditionsOf(IReadOnlyList<(int First, int End)> subtrees)
    {
        var additions = new List<(int Into, int From)>();
        var open = new Stack<(int Sum, int First, int Size)>();
        var covered = 0;
        for (var sum = 0; sum < subtrees.Count; sum++)
        {
            var (first, end) = subtrees[sum];
            if (first != covered || end <= first || end > Parts)
            {
                throw new ArgumentException($"Parts {first}..{end - 1} follow {covered} of {Parts} parts, which does not cover each once.", nameof(subtrees));
            }

            covered = end;
            var top = (Sum: sum, First: first, Size: SizeOf(first, end));
            while (open.TryPeek(out var left) && left.Size == top.Size && left.First + left.Size == top.First && left.First % (2 * left.Size) == 0)
            {
                open.Pop();
                additions.Add((left.Sum, top.Sum));
                top = (left.Sum, left.First, SizeOf(left.First, end));
            }

            open.Push(top);
        }

        return covered == Parts && open.Count == 1
            ? additions
            : throw new ArgumentException($"{subtrees.Count} subtrees do not add up to the {Parts} parts of the tree.", nameof(subtrees));
    }

    /// <summary>Parts that a subtree would have in a tree without end; one at the end of this tree counts as the largest that it can be.</summary>
    private int SizeOf(int first, int end)
    {
        var size = 1;
        while (size < end - first || (size < Parts && end == Parts && first % (2 * size) == 0))
        {
            size *= 2;
        }

        return size;
    }

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
