using Tessera.Actors.Reduction;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>
/// One direction of a stage between the coordinator and the groups of a term: packs what each group reads, keeps what it answers, and adds the sums of all
/// groups in the order of the plan's tree. Every micro-batch has rows of its own.
/// </summary>
internal sealed class GroupExchange
{
    private readonly GroupDirection[] _groups;
    private readonly Tensor[] _packed; // by group; empty where a view will do
    private readonly Tensor[] _sums; // by group; empty where the only group answers the whole
    private readonly Part[] _parts;

    /// <summary>Reserves memory.</summary>
    /// <param name="groups">The direction of each group.</param>
    /// <param name="sizes">Values of each part of the sum.</param>
    /// <param name="tree">Order of additions for each part.</param>
    /// <param name="rows">Most vectors that are under way.</param>
    /// <param name="hasAnswer">Whether anybody wants the sums.</param>
    public GroupExchange(IEnumerable<GroupDirection> groups, IReadOnlyList<int> sizes, ReductionTree tree, int rows, bool hasAnswer)
    {
        _groups = [.. groups];
        _packed = [.. _groups.Select(group => group.IsContiguous ? default : AlignedFloats.Dense(rows, group.ReadColumns))];
        var isDirect = _groups.Length == 1 || !hasAnswer;
        _sums = [.. _groups.Select(group => isDirect ? default : AlignedFloats.Dense(rows, group.SumColumns))];
        _parts = isDirect ? [] : [.. Enumerable.Range(0, sizes.Count).Select(part => PartOf(part, sizes, tree))];
    }

    /// <summary>What a group reads of some vectors; valid until the same vectors of another step are asked for.</summary>
    public Tensor ReadBy(int group, in Pass pass, in Tensor vectors)
    {
        var direction = _groups[group];
        if (direction.IsContiguous)
        {
            return vectors.Part(direction.Reads[0].Start, direction.ReadColumns);
        }

        var packed = pass.RowsOf(_packed[group]);
        for (var i = 0; i < direction.Reads.Count; i++)
        {
            var part = direction.Reads[i];
            Copy(vectors.Part(part.Start, part.Size), packed.Part(part.Column, part.Size));
        }

        return packed;
    }

    /// <summary>Values that a group answers for each vector.</summary>
    public int ColumnsOf(int group) => _groups[group].SumColumns;

    /// <summary>Whether an answer has the size of what a group answers for some vectors.</summary>
    /// <param name="group">Which group.</param>
    /// <param name="answer">Its sums, side by side.</param>
    /// <param name="vectors">How many vectors.</param>
    public bool Fits(int group, in Tensor answer, int vectors) =>
        answer.Values is not null && answer.Rows == vectors && answer.Columns == ColumnsOf(group);

    /// <summary>Keeps what a group answers: the payload is valid during the call only.</summary>
    /// <param name="group">Which group.</param>
    /// <param name="pass">The micro-batch.</param>
    /// <param name="answer">Its sums, side by side, of a size that <see cref="Fits"/>.</param>
    /// <param name="total">Where the sum of all groups will lie.</param>
    public void Keep(int group, in Pass pass, in Tensor answer, in Tensor total) =>
        Copy(answer, _parts.Length == 0 ? total : pass.RowsOf(_sums[group]));

    /// <summary>Adds what all groups answered.</summary>
    /// <param name="pass">The micro-batch.</param>
    /// <param name="total">[vectors, columns of all parts], overwritten.</param>
    public void Add(in Pass pass, in Tensor total)
    {
        foreach (var part in _parts)
        {
            foreach (var (into, from) in part.Additions)
            {
                var (sum, other) = (SumOf(pass, part.Sums[into]), SumOf(pass, part.Sums[from]));
                for (var row = 0; row < sum.Rows; row++)
                {
                    PartialSums.AddTwo(sum.Row(row), other.Row(row), sum.Row(row));
                }
            }

            Copy(SumOf(pass, part.Sums[0]), total.Part(part.Start, part.Size));
        }
    }

    private Tensor SumOf(in Pass pass, in (int Group, GroupSum Sum) place) =>
        pass.RowsOf(_sums[place.Group]).Part(place.Sum.Column, place.Sum.Size);

    private Part PartOf(int part, IReadOnlyList<int> sizes, ReductionTree tree)
    {
        var sums = _groups
            .SelectMany((direction, group) => direction.Sums.Where(sum => sum.Part == part).Select(sum => (Group: group, Sum: sum)))
            .OrderBy(place => place.Sum.First)
            .ToArray();
        return new Part(
            sizes.Take(part).Sum(), sizes[part], sums, [.. tree.AdditionsOf([.. sums.Select(place => (place.Sum.First, place.Sum.End))])]);
    }

    private static void Copy(in Tensor from, in Tensor to)
    {
        for (var row = 0; row < from.Rows; row++)
        {
            from.Row(row).CopyTo(to.Row(row));
        }
    }

    private sealed record Part(int Start, int Size, (int Group, GroupSum Sum)[] Sums, (int Into, int From)[] Additions);
}
