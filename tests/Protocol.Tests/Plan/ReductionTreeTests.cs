using Tessera.Protocol.Plan;

namespace Tessera.Protocol.Tests.Plan;

public class ReductionTreeTests
{
    [Theory]
    [InlineData(1, "0")]
    [InlineData(2, "(0 + 1)")]
    [InlineData(3, "((0 + 1) + 2)")]
    [InlineData(4, "((0 + 1) + (2 + 3))")]
    [InlineData(5, "(((0 + 1) + (2 + 3)) + 4)")]
    [InlineData(7, "(((0 + 1) + (2 + 3)) + ((4 + 5) + 6))")]
    public void Parts_are_paired_by_doubling_strides(int parts, string expected) => Assert.Equal(expected, new ReductionTree(parts).ToString());

    [Fact]
    public void Zero_parts_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new ReductionTree(0));

    [Theory]
    [InlineData("111", "0-3")]
    [InlineData("011", "1-2 2-3")]
    [InlineData("11011", "0-2 3-4 4-5")]
    [InlineData("00001", "4-5")]
    [InlineData("0000111", "4-7")]
    [InlineData("11111111", "0-8")]
    [InlineData("01111110", "1-2 2-4 4-6 6-7")]
    [InlineData("000", "")]
    public void Owned_parts_fall_into_the_largest_subtrees(string owned, string expected)
    {
        var subtrees = new ReductionTree(owned.Length).SubtreesWithin([.. owned.Select(part => part == '1')]);

        Assert.Equal(expected, string.Join(' ', subtrees.Select(subtree => $"{subtree.First}-{subtree.End}")));
    }

    [Fact]
    public void Sums_of_subtrees_are_added_as_the_tree_says()
    {
        for (var parts = 1; parts <= 40; parts++)
        {
            var tree = new ReductionTree(parts);
            var random = new Random(parts);
            for (var draw = 0; draw < 20; draw++)
            {
                var owners = Enumerable.Range(0, parts).Select(_ => random.Next(1 + (draw % 4))).ToArray();
                var subtrees = owners.Distinct()
                    .SelectMany(owner => tree.SubtreesWithin([.. owners.Select(other => other == owner)]))
                    .Order()
                    .ToList();
                var terms = subtrees.Select(subtree => Text(subtree.First, subtree.End)).ToArray();
                foreach (var (into, from) in tree.AdditionsOf(subtrees))
                {
                    terms[into] = $"({terms[into]} + {terms[from]})";
                }

                Assert.Equal(tree.ToString(), terms[0]);
            }
        }
    }

    [Fact]
    public void Sums_that_do_not_cover_each_part_once_are_refused()
    {
        var tree = new ReductionTree(4);

        Assert.Throws<ArgumentException>(() => tree.AdditionsOf([(0, 2)]));
        Assert.Throws<ArgumentException>(() => tree.AdditionsOf([(0, 2), (3, 4)]));
        Assert.Throws<ArgumentException>(() => tree.AdditionsOf([(0, 2), (1, 4)]));
        Assert.Throws<ArgumentException>(() => tree.AdditionsOf([(0, 1), (1, 3), (3, 4)]));
    }

    /// <summary>What a node that has these parts only adds up: a tree of their own.</summary>
    private static string Text(int first, int end)
    {
        var text = new ReductionTree(end - first).ToString();
        return System.Text.RegularExpressions.Regex.Replace(
            text, "[0-9]+", match => (first + int.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture))
                .ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
