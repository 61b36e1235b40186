using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using Tessera.Coordination.Data;
using Tessera.Kernels.Configuration;

namespace Tessera.Host.Conformance;

/// <summary>
/// A unit cell through many updates, tile after tile: mean and standard deviation of every array at some of them. Where no golden tile differs from
/// another, ours may not either.
/// </summary>
/// <param name="name">Name of the case.</param>
/// <param name="setting">Vectors, weights and repetitions.</param>
/// <param name="golden">The cell and its snapshots.</param>
internal sealed class TrajectoryCase(string name, TrajectorySetting setting, GoldenElement golden)
    : ConformanceCase(name, ComparisonsOf(golden["snapshots"], setting))
{
    /// <summary>Our tiles for each of aihwkit's, so that ours add little to the error of the comparison.</summary>
    private const int MoreRepetitions = 8;

    /// <summary>A sum of arrays that fits our weights better than this is what they are.</summary>
    private const double SumError = 1e-5;

    private const string Visible = "w";
    private const string PartPrefix = "hidden_weights_";

    /// <inheritdoc/>
    public override CaseResult Run(double limit)
    {
        DeviceParameters device = AihwkitDefects.AsMeasured(
            GoldenConfig.Device(golden["type"].Text(), golden["params"]), setting.Rows, setting.Columns);
        UpdateParameters pulses = golden.Find("update") is { } fields ? GoldenConfig.Update(fields) : new UpdateParameters();
        int repetitions = setting.Repetitions * MoreRepetitions;
        List<TrajectoryArray> arrays = [];
        double grain = 0;
        for (int repetition = 0; repetition < repetitions; repetition++)
        {
            using CaseTile tile = new(Name, device, pulses, setting.Rows, setting.Columns, repetition);
            if (repetition == 0)
            {
                string[] expected = [.. golden["hidden_names"].Json.EnumerateArray().Select(item => item.GetString() ?? "")];
                IReadOnlyList<string> names = tile.Devices.HiddenParameterNames;
                if (!expected.SequenceEqual(names)) { return CaseResult.Fail(HiddenParameterCase.WrongNames(names, expected)); }
                tile.SetWeights(setting.Start, 0);
                arrays.AddRange(Arrays(tile, repetitions));
                if (arrays.Find(array => array.Name != Visible && !names.Contains(array.Name)) is { } unknown)
                {
                    return CaseResult.Fail($"there is no array {unknown.Name}; expected it among the hidden parameters");
                }

                // A soft-bounds device steps up to twice its granularity, devices of a cell may differ.
                grain = 2 * tile.Devices.WeightGranularity;
            }

            Play(tile, arrays, repetition);
        }

        Comparison comparison = new(limit);
        foreach (TrajectoryArray array in arrays) { array.Compare(comparison, setting.Repetitions, IsOfWeights(array.Name) ? grain : 0); }
        if (!AihwkitDefects.ShowsChoppers(device)) { CompareSum(comparison, arrays); }
        return comparison.Result();
    }

    private static bool IsOfWeights(string array) => array == Visible || array.StartsWith(PartPrefix, StringComparison.Ordinal);

    private static int ComparisonsOf(GoldenElement snapshots, TrajectorySetting setting)
    {
        int comparisons = 0;
        foreach ((string step, GoldenElement snapshot) in snapshots.Fields)
        {
            if (!int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int update) || update < 1 || update > setting.X.Length)
            {
                throw new DataException(
                    $"{snapshots.Path}: saw '{step}', expected the number of an update, 1 to {setting.X.Length}. Fetch the golden folder again.");
            }

            comparisons += setting.Start.Length + (snapshot.Fields.Count() * ((2 * setting.Start.Length) + PooledComparison.Comparisons));
        }

        return comparisons;
    }

    /// <summary>Every array of every snapshot; the tile holds the weights before the first update.</summary>
    private IEnumerable<TrajectoryArray> Arrays(CaseTile tile, int repetitions)
    {
        foreach ((string step, GoldenElement snapshot) in golden["snapshots"].Fields)
        {
            int update = int.Parse(step, CultureInfo.InvariantCulture);
            foreach ((string array, GoldenElement statistics) in snapshot.Fields)
            {
                bool isKnown = array == Visible || tile.Devices.HiddenParameterNames.Contains(array);
                float[] start = isKnown ? Values(tile, array) : new float[setting.Start.Length];
                int vectors = update * setting.Batch;
                yield return new TrajectoryArray(array, update, vectors, statistics, setting.Rows, setting.Columns, start, ScaleOf(array), repetitions);
            }
        }
    }

    /// <summary>Largest mean of an array in any snapshot.</summary>
    private double ScaleOf(string array) => golden["snapshots"].Fields
        .Select(step => step.Value.Find(array)).OfType<GoldenElement>()
        .Max(statistics => statistics["mean"].Matrix(setting.Rows, setting.Columns).Dense.Max(Math.Abs));

    private void Play(CaseTile tile, List<TrajectoryArray> arrays, int repetition)
    {
        tile.SetWeights(setting.Start, 0);
        int next = 0;
        for (int update = 1; update <= setting.X.Length; update++)
        {
            tile.Devices.Update(tile.Weights, (ulong)update, setting.LearningRate, setting.X[update - 1], setting.D[update - 1], setting.Batch);
            tile.Devices.PostUpdateStep(tile.Weights, (ulong)update);
            for (; next < arrays.Count && arrays[next].Step == update; next++) { arrays[next].Add(repetition, Values(tile, arrays[next].Name)); }
        }
    }

    private static float[] Values(CaseTile tile, string array)
    {
        if (array != Visible) { return tile.Hidden(array); }
        float[] weights = new float[tile.Weights.Rows * tile.Weights.Columns];
        tile.Weights.CopyTo(weights);
        return weights;
    }

    /// <summary>
    /// Visible weights are a fixed sum of the arrays behind them, in every tile and therefore in the golden means. What our own sum is follows from our
    /// last tile; the golden means must add up to it, far closer than chance lets either be known.
    /// </summary>
    private void CompareSum(Comparison comparison, List<TrajectoryArray> arrays)
    {
        TrajectoryArray? last = arrays.FindLast(array => array.Name == Visible);
        if (last is null) { return; }
        List<TrajectoryArray> parts = PartsOf(arrays, last);
        if (parts.Count == 0) { return; }
        Matrix<double> columns = Matrix<double>.Build.DenseOfColumns(parts.Select(part => part.Latest));
        Vector<double> target = Vector<double>.Build.DenseOfArray(last.Latest);
        Vector<double> gammas = columns.PseudoInverse() * target;
        if (((columns * gammas) - target).AbsoluteMaximum() > SumError * target.AbsoluteMaximum()) { return; }
        foreach (TrajectoryArray visible in arrays.Where(array => array.Name == Visible))
        {
            List<TrajectoryArray> now = PartsOf(arrays, visible);
            if (now.Count != parts.Count) { continue; }
            for (int cell = 0; cell < visible.Mean.Length; cell++)
            {
                double sum = 0;
                double rounding = visible.Rounding(cell);
                for (int k = 0; k < now.Count; k++)
                {
                    sum += gammas[k] * now[k].Mean[cell];
                    rounding += Math.Abs(gammas[k]) * now[k].Rounding(cell);
                }

                comparison.Exact($"sum of the arrays behind {visible.Where(cell)}", sum, visible.Mean[cell], rounding);
            }
        }
    }

    private static List<TrajectoryArray> PartsOf(List<TrajectoryArray> arrays, TrajectoryArray visible) =>
        [.. arrays.Where(array => array.Step == visible.Step && array.Name.StartsWith(PartPrefix, StringComparison.Ordinal)
            && int.TryParse(array.Name.AsSpan(PartPrefix.Length), out _))];
}
