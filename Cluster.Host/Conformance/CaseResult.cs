namespace Tessera.Host.Conformance;

/// <summary>How a case ended.</summary>
internal enum CaseOutcome
{
    /// <summary>Everything compared agrees within its tolerance.</summary>
    Passed,

    /// <summary>Something differs by more than chance allows.</summary>
    Failed,

    /// <summary>This build cannot run the case; the reason says why.</summary>
    Skipped,
}

/// <summary>What one case found.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Comparisons">Statistics compared.</param>
/// <param name="Z">Largest deviation in the units of <paramref name="Limit"/>; 0 where nothing was compared.</param>
/// <param name="Limit">Largest deviation that is still chance, in standard errors.</param>
/// <param name="Where">The statistic with the largest deviation.</param>
/// <param name="Observed">Its value here.</param>
/// <param name="Expected">Its value in the golden file.</param>
/// <param name="DetectableMean">Smallest relative error of means that would fail; null where no mean was compared.</param>
/// <param name="DetectableSpread">Smallest relative error of spreads that would fail; null where no spread was compared.</param>
/// <param name="Reason">Why it was skipped, or what failed other than a statistic; null otherwise.</param>
internal sealed record CaseResult(
    CaseOutcome Outcome,
    int Comparisons,
    double Z,
    double Limit,
    string? Where,
    double Observed,
    double Expected,
    double? DetectableMean,
    double? DetectableSpread,
    string? Reason)
{
    /// <summary>A case that this build cannot run.</summary>
    public static CaseResult Skip(string reason) => new(CaseOutcome.Skipped, 0, 0, 0, null, 0, 0, null, null, reason);

    /// <summary>A case whose structure is wrong, so that nothing can be compared.</summary>
    public static CaseResult Fail(string reason) => new(CaseOutcome.Failed, 0, 0, 0, null, 0, 0, null, null, reason);
}
