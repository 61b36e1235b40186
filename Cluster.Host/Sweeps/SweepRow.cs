namespace Tessera.Host.Sweeps;

/// <summary>What the comparison with a reference came to.</summary>
internal enum SweepVerdict
{
    /// <summary>There is nothing to compare with.</summary>
    NoReference,

    /// <summary>The means differ by less than matters.</summary>
    Near,

    /// <summary>The means are not near each other, and with fewer than two seeds on a side nothing can be tested.</summary>
    TooFew,

    /// <summary>The means are not near each other, but the spread over the seeds is such that the test does not tell them apart.</summary>
    NotToldApart,

    /// <summary>They differ by more than matters, and more than the spread explains.</summary>
    Differs,
}

/// <summary>One combination of a sweep over its seeds.</summary>
/// <param name="Combination">The combination.</param>
/// <param name="Accuracy">Accuracy of its finished runs, a share from 0 to 1.</param>
/// <param name="SecondsPerEpoch">Mean time of an epoch; NaN where no run has finished.</param>
/// <param name="Failed">Runs that failed now.</param>
/// <param name="Reference">Accuracy of the reference, or null.</param>
internal sealed record SweepRow(SweepCombination Combination, SampleStatistics Accuracy, double SecondsPerEpoch, int Failed, SampleStatistics? Reference)
{
    /// <summary>Level that all comparisons of a table keep together.</summary>
    public const double Level = 0.01;

    /// <summary>Difference of mean accuracies that does not matter, half a point.</summary>
    public const double NearDifference = 0.005;

    /// <summary>p-value of Welch's test; NaN where there is none.</summary>
    public double P { get; private init; } = double.NaN;

    /// <summary>The same with Holm's correction for all rows of the table.</summary>
    public double HolmP { get; private init; } = double.NaN;

    /// <summary>Mean accuracy minus the reference's; NaN where one is missing.</summary>
    public double Difference => Accuracy.Mean - (Reference?.Mean ?? double.NaN);

    /// <summary>What the comparison came to.</summary>
    public SweepVerdict Verdict => double.IsNaN(Difference) ? SweepVerdict.NoReference
        : Math.Abs(Difference) < NearDifference ? SweepVerdict.Near
        : double.IsNaN(HolmP) ? SweepVerdict.TooFew
        : HolmP >= Level ? SweepVerdict.NotToldApart
        : SweepVerdict.Differs;

    /// <summary>The rows of a table, tested against their references together.</summary>
    /// <param name="combinations">The combinations, in the order of the rows.</param>
    /// <param name="results">Finished runs.</param>
    /// <param name="failed">Keys of the combinations of runs that failed, one for each.</param>
    /// <param name="reference">What to compare with, or null.</param>
    public static IReadOnlyList<SweepRow> Of(
        IReadOnlyList<SweepCombination> combinations, IReadOnlyCollection<SweepResult> results, IReadOnlyCollection<string> failed, ReferenceAccuracies? reference)
    {
        List<SweepRow> rows = [];
        foreach (SweepCombination combination in combinations)
        {
            List<SweepResult> own = [.. results.Where(result => result.Combination == combination.Key).OrderBy(result => result.Seed)];
            SampleStatistics accuracy = SampleStatistics.Of([.. own.Select(result => result.Accuracy)]);
            double seconds = SampleStatistics.Of([.. own.Select(result => result.SecondsPerEpoch)]).Mean;
            SampleStatistics? other = reference?.Find(combination);
            SweepRow row = new(combination, accuracy, seconds, failed.Count(key => key == combination.Key), other);
            rows.Add(other is { } measured ? row with { P = SampleStatistics.WelchP(accuracy, measured) } : row);
        }

        List<int> tested = [.. Enumerable.Range(0, rows.Count).Where(index => !double.IsNaN(rows[index].P))];
        double[] adjusted = SampleStatistics.Holm([.. tested.Select(index => rows[index].P)]);
        for (int test = 0; test < tested.Count; test++) { rows[tested[test]] = rows[tested[test]] with { HolmP = adjusted[test] }; }
        return rows;
    }
}
