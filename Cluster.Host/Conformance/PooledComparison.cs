using MathNet.Numerics.Distributions;

namespace Tessera.Host.Conformance;

/// <summary>
/// All cells of a case together: the common factor between our means and the golden ones, and between the spreads. Far smaller errors show here than in
/// any single cell. How much the two factors vary is measured over blocks of our own repetitions, because cells that share a pulse train vary together.
/// </summary>
/// <param name="cells">Cells of the case.</param>
/// <param name="repetitions">Repetitions that will be added.</param>
internal sealed class PooledComparison(int cells, int repetitions)
{
    /// <summary>Statistics that a case compares here.</summary>
    public const int Comparisons = 2;

    private const int Blocks = 64;

    /// <summary>Cells whose noise comes in rare jumps say little about a common factor.</summary>
    private const double KurtosisMax = 12;

    // [block * cells + cell] sums of deviations from the first value seen, and of their squares; [block] repetitions.
    private readonly double[] _sums = new double[Blocks * cells];
    private readonly double[] _squares = new double[Blocks * cells];
    private readonly double[] _counts = new double[Blocks];

    /// <summary>Adds one cell of one repetition.</summary>
    /// <param name="repetition">Its number, from 0.</param>
    /// <param name="cell">The cell.</param>
    /// <param name="deviation">Its value less the golden mean.</param>
    public void Add(int repetition, int cell, double deviation)
    {
        int block = (int)((long)repetition * Blocks / repetitions);
        _sums[(block * cells) + cell] += deviation;
        _squares[(block * cells) + cell] += deviation * deviation;
        if (cell == 0) { _counts[block]++; }
    }

    /// <summary>Compares the two factors with 1.</summary>
    /// <param name="comparison">Takes the result.</param>
    /// <param name="name">Name before those of the statistics.</param>
    /// <param name="own">Moments of a cell over all repetitions.</param>
    /// <param name="mean">Golden means.</param>
    /// <param name="deviation">Golden standard deviations.</param>
    /// <param name="golden">Repetitions behind them.</param>
    /// <param name="isUsed">Whether a cell varies enough to count.</param>
    public void Compare(Comparison comparison, string name, Func<int, CellMoments> own, double[] mean, double[] deviation, int golden, Func<int, bool> isUsed)
    {
        int[] used = [.. Enumerable.Range(0, cells).Where(cell => isUsed(cell) && deviation[cell] > 0 && own(cell) is { M2: > 0 } m && m.M4 < KurtosisMax * m.M2 * m.M2)];
        if (used.Length == 0) { return; }
        CellMoments[] moments = [.. used.Select(own)];
        Means(comparison, name, used, moments, mean, golden);
        Spreads(comparison, name, used, moments, deviation, golden);
    }

    private void Means(Comparison comparison, string name, int[] used, CellMoments[] moments, double[] mean, int golden)
    {
        double total = 0;
        double table = 0;
        double observed = 0;
        double[] blocks = new double[Blocks];
        for (int k = 0; k < used.Length; k++)
        {
            double weight = mean[used[k]] / moments[k].M2;
            total += weight * mean[used[k]];
            table += Math.Abs(weight) * moments[k].Deviation * Tolerance.TableBias;
            observed += weight * (moments[k].Mean - mean[used[k]]);
            for (int block = 0; block < Blocks; block++) { blocks[block] += weight * _sums[(block * cells) + used[k]] / _counts[block]; }
        }

        if (total > 0) { Compare(comparison, $"{name}means together", observed / total, blocks, total, table / total, moments[0].Count, golden, comparison.NoticeMean); }
    }

    private void Spreads(Comparison comparison, string name, int[] used, CellMoments[] moments, double[] deviation, int golden)
    {
        double total = 0;
        double observed = 0;
        double[] blocks = new double[Blocks];
        for (int k = 0; k < used.Length; k++)
        {
            double excess = (moments[k].M4 / (moments[k].M2 * moments[k].M2)) - 1;
            double weight = 1 / excess;
            total += weight;

            // The logarithm of a measured deviation is low by a quarter of its squared error.
            double bias = excess / 4 * ((1.0 / golden) - (1 / moments[k].Count));
            observed += weight * (Math.Log(moments[k].Deviation / deviation[used[k]]) - bias);
            for (int block = 0; block < Blocks; block++)
            {
                int at = (block * cells) + used[k];
                double blockMean = _sums[at] / _counts[block];
                double variance = (_squares[at] / _counts[block]) - (blockMean * blockMean);
                blocks[block] += weight * (variance / moments[k].M2) / 2;
            }
        }

        Compare(comparison, $"{name}spreads together", observed / total, blocks, total, Tolerance.TableBias, moments[0].Count, golden, comparison.NoticeSpread);
    }

    private void Compare(
        Comparison comparison, string name, double relative, double[] blocks, double total, double table, double count, int golden, Action<double, double> notice)
    {
        double average = blocks.Average();
        double variance = blocks.Sum(block => (block - average) * (block - average)) / (Blocks - 1) / (total * total) * (count / Blocks);
        double quantile = -StudentT.InvCDF(0, 1, Blocks - 1, Normal.CDF(0, 1, -comparison.Limit));
        double tolerance = (quantile * Math.Sqrt(variance * ((1.0 / golden) + (1 / count)))) + (comparison.Limit * table);
        comparison.Value(name, 1 + relative, 1, tolerance);
        notice(tolerance, 1);
    }
}
