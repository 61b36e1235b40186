namespace Tessera.Host.Conformance;

/// <summary>Runs cases side by side and hands over their results in order. Which thread runs a case changes nothing.</summary>
internal static class ConformanceRun
{
    /// <summary>Runs the cases whose name contains a text.</summary>
    /// <param name="files">[file] cases; all of a file count for its false-alarm chance, chosen or not.</param>
    /// <param name="filter">Part of the name; empty for all.</param>
    /// <param name="threads">Cases that run at once.</param>
    /// <param name="report">Takes each case with its result, in order.</param>
    /// <returns>How many passed, failed and were skipped.</returns>
    public static (int Passed, int Failed, int Skipped) Run(
        IReadOnlyList<IReadOnlyList<ConformanceCase>> files, string filter, int threads, Action<ConformanceCase, CaseResult> report)
    {
        List<(ConformanceCase Case, double Limit)> chosen = [];
        foreach (IReadOnlyList<ConformanceCase> cases in files)
        {
            double limit = Tolerance.Limit(cases.Sum(one => one.Comparisons));
            chosen.AddRange(cases.Where(one => one.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).Select(one => (one, limit)));
        }

        CaseResult?[] results = new CaseResult?[chosen.Count];
        int[] outcomes = new int[3];
        int reported = 0;
        object gate = new();
        Parallel.For(0, chosen.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, index =>
        {
            CaseResult result = RunOne(chosen[index].Case, chosen[index].Limit);
            lock (gate)
            {
                results[index] = result;
                while (reported < chosen.Count && results[reported] is { } next)
                {
                    outcomes[(int)next.Outcome]++;
                    report(chosen[reported].Case, next);
                    reported++;
                }
            }
        });
        return (outcomes[(int)CaseOutcome.Passed], outcomes[(int)CaseOutcome.Failed], outcomes[(int)CaseOutcome.Skipped]);
    }

    private static CaseResult RunOne(ConformanceCase one, double limit)
    {
        try { return one.Run(limit); }
        catch (CaseRefusedException refusal) { return CaseResult.Skip(refusal.Message); }
    }
}
