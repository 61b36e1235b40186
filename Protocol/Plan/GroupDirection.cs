namespace Tessera.Protocol.Plan;

/// <summary>One direction of a <see cref="GroupLayout"/>: the parts that it reads, side by side, and the sums that it answers, side by side.</summary>
public sealed class GroupDirection
{
    private readonly int[] _columnOf; // by part that can be read: its first column in what is read, or -1

    internal GroupDirection(IReadOnlyList<int> readSizes, IReadOnlyList<int> sumSizes, ReductionTree tree, Func<int, int, bool> owns)
    {
        var reads = new List<GroupPart>();
        _columnOf = new int[readSizes.Count];
        var start = 0;
        for (var part = 0; part < readSizes.Count; part++)
        {
            var isRead = Enumerable.Range(0, sumSizes.Count).Any(sum => owns(part, sum));
            _columnOf[part] = isRead ? ReadColumns : -1;
            if (isRead)
            {
                reads.Add(new GroupPart(start, readSizes[part], ReadColumns));
                ReadColumns += readSizes[part];
            }

            start += readSizes[part];
        }

        Reads = reads;
        IsContiguous = reads.Count == 0 || reads[^1].Start + reads[^1].Size - reads[0].Start == ReadColumns;
        var sums = new List<GroupSum>();
        var owned = new bool[readSizes.Count];
        for (var part = 0; part < sumSizes.Count; part++)
        {
            for (var read = 0; read < owned.Length; read++)
            {
                owned[read] = owns(read, part);
            }

            foreach (var (first, end) in tree.SubtreesWithin(owned))
            {
                sums.Add(new GroupSum(part, first, end, SumColumns, sumSizes[part]));
                SumColumns += sumSizes[part];
            }
        }

        Sums = sums;
    }

    /// <summary>Parts that at least one tile of the group reads, in order.</summary>
    public IReadOnlyList<GroupPart> Reads { get; }

    /// <summary>Values of a vector of what is read.</summary>
    public int ReadColumns { get; }

    /// <summary>Whether the parts follow each other in the layer too: a view of the layer's vectors will do, nothing needs to be packed.</summary>
    public bool IsContiguous { get; }

    /// <summary>For each part of the answer in order, the sums of the largest subtrees that the group owns.</summary>
    public IReadOnlyList<GroupSum> Sums { get; }

    /// <summary>Values of a vector of the answer.</summary>
    public int SumColumns { get; }

    /// <summary>The first column of a part in what is read.</summary>
    public int ColumnOf(int part) => _columnOf[part] >= 0
        ? _columnOf[part]
        : throw new ArgumentOutOfRangeException(nameof(part), $"Part {part} is none of the {Reads.Count} that the group reads.");
}

/// <summary>A part that a group reads.</summary>
/// <param name="Start">First value in the layer's vectors.</param>
/// <param name="Size">Values.</param>
/// <param name="Column">First value in the group's vectors.</param>
public readonly record struct GroupPart(int Start, int Size, int Column);

/// <summary>A sum that a group answers: what tiles First..End - 1 of a part's reduction tree add up to.</summary>
/// <param name="Part">Part of the answer.</param>
/// <param name="First">First part that is added.</param>
/// <param name="End">The part after the last.</param>
/// <param name="Column">First value in the group's vectors.</param>
/// <param name="Size">Values.</param>
public readonly record struct GroupSum(int Part, int First, int End, int Column, int Size);
