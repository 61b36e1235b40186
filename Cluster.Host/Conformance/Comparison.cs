namespace Tessera.Host.Conformance;

/// <summary>Collects the comparisons of one case: the largest deviation, and the smallest errors that would have been noticed.</summary>
/// <param name="limit">Largest deviation that is still chance, in standard errors.</param>
internal sealed class Comparison(double limit)
{
    /// <summary>A single move is rarely worth more than so many grains.</summary>
    private const double GrainsMax = 4;

    private int _count;
    private double _worst = -1;
    private (string Where, double Observed, double Expected) _at = ("", 0, 0);
    private double? _detectableMean;
    private double? _detectableSpread;

    /// <summary>Largest deviation that is still chance, in standard errors.</summary>
    public double Limit => limit;

    /// <summary>One value beside one golden value.</summary>
    /// <param name="where">Name of the statistic.</param>
    /// <param name="observed">Value here.</param>
    /// <param name="expected">Value in the file.</param>
    /// <param name="tolerance">Difference that is still chance or rounding.</param>
    public void Value(string where, double observed, double expected, double tolerance)
    {
        double difference = Math.Abs(observed - expected);
        Deviation(where, observed, expected, difference == 0 ? 0 : tolerance > 0 ? limit * difference / tolerance : double.PositiveInfinity);
    }

    /// <summary>One value beside one golden value where nothing is left to chance: what rounding explains is no deviation.</summary>
    /// <param name="where">Name of the statistic.</param>
    /// <param name="observed">Value here.</param>
    /// <param name="expected">Value in the file.</param>
    /// <param name="rounding">What rounding alone may change.</param>
    public void Exact(string where, double observed, double expected, double rounding) =>
        Value(where, observed, Math.Abs(observed - expected) <= rounding ? observed : expected, rounding);

    /// <summary>A deviation that is known in standard errors.</summary>
    public void Deviation(string where, double observed, double expected, double z)
    {
        _count++;
        if (double.IsNaN(z)) { z = double.PositiveInfinity; }
        if (z <= _worst) { return; }
        _worst = z;
        _at = (where, observed, expected);
    }

    /// <summary>Mean and standard deviation of a cell beside those in the file.</summary>
    /// <param name="where">Name of the cell.</param>
    /// <param name="own">Moments measured here.</param>
    /// <param name="mean">Golden mean.</param>
    /// <param name="deviation">Golden standard deviation.</param>
    /// <param name="golden">Repetitions behind them.</param>
    /// <param name="rounding">What rounding alone may change.</param>
    /// <param name="grain">Size of the single events that the variation consists of, 0 if unknown.</param>
    /// <param name="tableBias">Whether aihwkit drew the noise from its table.</param>
    /// <param name="origin">Where the cell began: an error of its change is what can be noticed.</param>
    public void Cell(
        string where, in CellMoments own, double mean, double deviation, double golden, double rounding, double grain = 0, bool tableBias = true, double origin = 0)
    {
        // Where neither side varies by more than rounding, nothing is left to chance.
        if (deviation <= rounding && own.Deviation <= rounding)
        {
            Value($"mean {where}", own.Mean, mean, rounding);
            NoticeMean(rounding, mean - origin);
            return;
        }

        CellMoments shape = Tolerance.Shape(own, deviation, grain);
        double meanBound = Tolerance.OfMean(limit, shape, golden, tableBias) + rounding;
        Value($"mean {where}", own.Mean, mean, meanBound);
        NoticeMean(meanBound, mean - origin);
        double spreadBound = Tolerance.OfDeviation(limit, shape, golden, own.Deviation, deviation, tableBias) + rounding;
        Value($"std {where}", own.Deviation, deviation, spreadBound);
        if (deviation > rounding) { NoticeSpread(spreadBound, deviation); }
    }

    /// <summary>
    /// All of our repetitions agree and some golden ones do not. How many at least follows from the mean and the spread that their moves left; each of
    /// them had to be golden by chance.
    /// </summary>
    /// <param name="where">Name of the cell.</param>
    /// <param name="own">Moments measured here.</param>
    /// <param name="mean">Golden mean.</param>
    /// <param name="deviation">Golden standard deviation.</param>
    /// <param name="golden">Repetitions behind them.</param>
    /// <param name="grain">Size of a large single move, 0 if unknown.</param>
    public void Lively(string where, in CellMoments own, double mean, double deviation, double golden, double grain)
    {
        double off = mean - own.Mean;
        double square = (off * off) + (deviation * deviation);
        double alikeMoves = golden * off * off / square;
        double smallMoves = grain > 0 ? golden * square / Math.Pow(GrainsMax * grain, 2) : 0;
        double chance = Math.Pow(golden / (own.Count + golden), Math.Max(Math.Max(alikeMoves, smallMoves), 1));
        Deviation($"mean {where}", own.Mean, mean, Tolerance.DeviationOf(chance));
    }

    /// <summary>Remembers the relative error of a mean that would have been noticed.</summary>
    public void NoticeMean(double tolerance, double mean)
    {
        if (mean != 0) { _detectableMean = Math.Min(_detectableMean ?? double.PositiveInfinity, tolerance / Math.Abs(mean)); }
    }

    /// <summary>Remembers the relative error of a spread that would have been noticed.</summary>
    public void NoticeSpread(double tolerance, double deviation)
    {
        if (deviation > 0) { _detectableSpread = Math.Min(_detectableSpread ?? double.PositiveInfinity, tolerance / deviation); }
    }

    /// <summary>Replaces the smallest noticeable error of spreads: where each spread has a parameter of its own, the worst of them counts.</summary>
    public void SpreadsNoticedFrom(double relative) => _detectableSpread = relative;

    /// <summary>What the case found.</summary>
    public CaseResult Result() => new(
        _worst > limit ? CaseOutcome.Failed : CaseOutcome.Passed,
        _count,
        Math.Max(_worst, 0),
        limit,
        _count == 0 ? null : _at.Where,
        _at.Observed,
        _at.Expected,
        _detectableMean,
        _detectableSpread,
        null);
}
