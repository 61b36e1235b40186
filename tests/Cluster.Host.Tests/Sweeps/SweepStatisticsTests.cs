using System.Globalization;
using Tessera.Host.Sweeps;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Sweeps;

public sealed class SweepStatisticsTests
{
    [Fact]
    public void The_spread_has_one_degree_of_freedom_less()
    {
        SampleStatistics statistics = SampleStatistics.Of([0.9, 0.8, 0.7]);
        Assert.Equal(3, statistics.Count);
        Assert.Equal(0.8, statistics.Mean, 12);
        Assert.Equal(0.1, statistics.StandardDeviation, 12);
        Assert.True(double.IsNaN(SampleStatistics.Of([0.5]).StandardDeviation));
        Assert.True(double.IsNaN(SampleStatistics.Of([]).Mean));
    }

    [Fact]
    public void Welch_has_the_p_value_of_the_closed_forms()
    {
        // Two equal spreads of two values: t = -sqrt(8) with 2 degrees of freedom. No spread on one side: t = -3 with 1, which is Cauchy's distribution.
        Assert.Equal(1 - Math.Sqrt(0.8), SampleStatistics.WelchP(SampleStatistics.Of([1, 3]), SampleStatistics.Of([5, 7])), 9);
        Assert.Equal(1 - (2 * Math.Atan(3) / Math.PI), SampleStatistics.WelchP(SampleStatistics.Of([5, 5]), SampleStatistics.Of([1, 3])), 9);
    }

    [Fact]
    public void Without_any_spread_means_are_equal_or_not()
    {
        SampleStatistics half = SampleStatistics.Of([0.5, 0.5]);
        Assert.Equal(1, SampleStatistics.WelchP(half, half));
        Assert.Equal(0, SampleStatistics.WelchP(half, SampleStatistics.Of([0.25, 0.25, 0.25])));
        Assert.True(double.IsNaN(SampleStatistics.WelchP(half, SampleStatistics.Of([0.5]))));
    }

    [Fact]
    public void Holm_multiplies_by_what_is_left_and_never_falls()
    {
        // Sorted: 0.005 x 4, 0.01 x 3, 0.03 x 2, and 0.04 x 1, which is lifted to the one before it.
        AssertNear([0.03, 0.06, 0.06, 0.02], SampleStatistics.Holm([0.01, 0.04, 0.03, 0.005]));
        AssertNear([1, 1, 0.9], SampleStatistics.Holm([0.5, 0.7, 0.3]));
        Assert.Empty(SampleStatistics.Holm([]));
    }

    [Theory]
    [InlineData(new[] { 0.90, 0.91, 0.92 }, new[] { 0.904, 0.914, 0.924 }, nameof(SweepVerdict.Near))]
    [InlineData(new[] { 0.9000, 0.9001, 0.9002 }, new[] { 0.9040, 0.9041, 0.9042 }, nameof(SweepVerdict.Near))]
    [InlineData(new[] { 0.9000, 0.9001, 0.9002 }, new[] { 0.8900, 0.8901, 0.8902 }, nameof(SweepVerdict.Differs))]
    [InlineData(new[] { 0.7, 0.8, 0.9 }, new[] { 0.6, 0.7, 0.8 }, nameof(SweepVerdict.NotToldApart))]
    [InlineData(new[] { 0.7 }, new[] { 0.6, 0.7, 0.8 }, nameof(SweepVerdict.Near))]
    [InlineData(new[] { 0.9 }, new[] { 0.6, 0.7, 0.8 }, nameof(SweepVerdict.TooFew))]
    [InlineData(new double[0], new[] { 0.6, 0.7, 0.8 }, nameof(SweepVerdict.NoReference))]
    public void A_verdict_wants_a_difference_that_matters_and_that_the_spread_does_not_explain(double[] ours, double[] theirs, string verdict)
    {
        using TemporaryFolder folder = new();
        string accuracies = string.Join(", ", theirs.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
        string file = folder.Write("reference.json", "{\"one|lr1\": {\"accuracy\": [" + accuracies + "]}}");
        SweepCombination one = new([new SweepValue("one", [])]);
        SweepResult[] results = [.. ours.Select((accuracy, index) => new SweepResult("one", (ulong)index, accuracy, 0.1, 1, "h", "c"))];
        SweepRow row = Assert.Single(SweepRow.Of([one], results, [], ReferenceAccuracies.Read(file)));
        Assert.Equal(verdict, row.Verdict.ToString());
    }

    [Fact]
    public void The_correction_counts_all_rows_of_the_table()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("reference.json", """{"a": {"accuracy": [0.5, 0.7]}, "b": {"accuracy": [0.5, 0.7]}, "c": {"accuracy": [0.5]}}""");
        SweepCombination[] combinations = [.. new[] { "a", "b", "c", "d" }.Select(name => new SweepCombination([new SweepValue(name, [])]))];
        SweepResult[] results = [.. from one in combinations from seed in new ulong[] { 1, 2 } select new SweepResult(one.Key, seed, (one.Key == "a" ? 0.1 : 0.4) + (0.2 * seed), 0, 1, "h", "c")];
        IReadOnlyList<SweepRow> rows = SweepRow.Of(combinations, results, ["b"], ReferenceAccuracies.Read(file));
        double smallest = Math.Min(rows[0].P, rows[1].P);
        Assert.Equal(2 * smallest, Math.Min(rows[0].HolmP, rows[1].HolmP), 12);
        Assert.True(double.IsNaN(rows[2].P) && double.IsNaN(rows[3].P));
        Assert.Equal([0, 1, 0, 0], rows.Select(row => row.Failed));
        Assert.Null(rows[3].Reference);
    }

    private static void AssertNear(double[] expected, double[] seen)
    {
        Assert.Equal(expected.Length, seen.Length);
        for (int index = 0; index < expected.Length; index++) { Assert.Equal(expected[index], seen[index], 12); }
    }
}
