using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Conformance;

/// <summary>The analog product of a few vectors, over and over: mean and standard deviation of every output.</summary>
/// <param name="name">Name of the case.</param>
/// <param name="direction">Forward or backward.</param>
/// <param name="weights">The weights as they are in the file.</param>
/// <param name="inputs">The vectors.</param>
/// <param name="golden">Settings and what was measured.</param>
internal sealed class ForwardCase(string name, MvmDirection direction, GoldenElement weights, GoldenElement inputs, GoldenElement golden)
    : ConformanceCase(name, golden.Has("error") ? 0 : (2 * golden["y_mean"].Matrix().Dense.Length) + PooledComparison.Comparisons)
{
    private const int MoreRepetitions = 4;

    /// <summary>Repetitions that share a call of the product.</summary>
    private const int Together = 32;

    /// <inheritdoc/>
    public override CaseResult Run(double limit)
    {
        if (golden.Find("error") is { } error) { return Refused(error); }
        IOParameters io = GoldenConfig.IO(golden.Find("io") ?? golden["diff"]);
        (double[] dense, int rows, int columns) = weights.Matrix();
        using WeightMatrix matrix = new(rows, columns);
        matrix.CopyFrom([.. dense.Select(value => (float)value)]);
        using MvmPass pass = CaseTile.Refusable(() => new MvmPass(io, direction, rows, columns, CaseTile.Identity(Name)));
        if (golden.Find("forward_params") is { IsObject: true } fixedValues) { Replace(pass, io, fixedValues); }
        (double[] input, int vectors, int _) = inputs.Matrix(0, pass.InSize);
        double[] mean = golden["y_mean"].Matrix(vectors, pass.OutSize).Dense;
        double[] deviation = golden["y_std"].Matrix(vectors, pass.OutSize).Dense;
        if (mean.Any(double.IsNaN)) { return CaseResult.Skip("aihwkit got NaN for this setting, so that there is nothing to compare with"); }
        int repetitions = golden["reps"].Whole(2);
        MomentSums sums = new([.. mean]);
        PooledComparison pool = new(mean.Length, repetitions * MoreRepetitions);
        Measure(pass, matrix, io, [.. input.Select(value => (float)value)], vectors, repetitions * MoreRepetitions, sums, pool, mean);

        Comparison comparison = new(limit);
        int digits = Printed.Digits(golden["y_mean"]);
        CellMoments[] moments = [.. Enumerable.Range(0, mean.Length).Select(sums.Of)];
        double[] grains = [.. moments.Chunk(pass.OutSize).Select(row => row.Max(output => output.Deviation))]; // by vector
        bool[] isPooled = new bool[mean.Length];
        for (int cell = 0; cell < mean.Length; cell++)
        {
            (int vector, int output) = (cell / pass.OutSize, cell % pass.OutSize);
            double rounding = (Rounding(dense, input, rows, columns, vector, output) * Math.Max(1, Math.Abs(io.OutScale)))
                + Printed.Half(Math.Max(Math.Abs(mean[cell]), deviation[cell]), digits);
            (CellMoments own, double grain) = (moments[cell], grains[vector]);
            if (own.Deviation <= rounding && deviation[cell] > rounding && grain > rounding)
            {
                // An output at its bound leaves it by rare events as large as the noise of the others, which may happen to one side only.
                comparison.Lively($"y[{vector},{output}], at its bound here,", own, mean[cell], deviation[cell], repetitions, grain);
            }
            else { comparison.Cell($"y[{vector},{output}]", own, mean[cell], deviation[cell], repetitions, rounding, grain); }

            isPooled[cell] = deviation[cell] > 100 * rounding && own.Deviation > rounding;
        }

        pool.Compare(comparison, "", cell => moments[cell], mean, deviation, repetitions, cell => isPooled[cell]);

        return comparison.Result();
    }

    /// <summary>aihwkit refuses the setting: the case passes where we do so too, and has nothing to compare where we do not.</summary>
    private CaseResult Refused(GoldenElement error)
    {
        string text = error.Json.ToString();
        try
        {
            IOParameters io = GoldenConfig.IO(golden.Find("io") ?? golden["diff"]);
            (double[] _, int rows, int columns) = weights.Matrix();
            using MvmPass pass = CaseTile.Refusable(() => new MvmPass(io, direction, rows, columns, CaseTile.Identity(Name)));
        }
        catch (CaseRefusedException refusal)
        {
            return new CaseResult(CaseOutcome.Passed, 0, 0, 0, null, 0, 0, null, null, $"both refuse it: {refusal.Message}");
        }

        return CaseResult.Skip($"aihwkit refuses this setting ({text}), so that there is nothing to compare with");
    }

    /// <summary>Values that aihwkit drew once for the tile replace ours.</summary>
    private static void Replace(MvmPass pass, IOParameters io, GoldenElement fixedValues)
    {
        foreach ((string parameter, GoldenElement value) in fixedValues.Fields)
        {
            double[] values = value.Json.ValueKind == System.Text.Json.JsonValueKind.Number ? [value.Number()] : Flatten(value);
            if (pass.ParameterNames.Contains(parameter)) { CaseTile.Refusable(() => Set(pass, parameter, values)); }
            else if (!IsNeutral(parameter, values) && !(parameter == "w_asymmetry" && !ReadsTwice(io)))
            {
                string known = pass.ParameterNames.Count == 0 ? "it has none" : $"it has {string.Join(", ", pass.ParameterNames)}";
                throw new CaseRefusedException($"the periphery of this build has no values {parameter} to replace; {known}.");
            }
        }
    }

    private static double[] Flatten(GoldenElement value) =>
        value.Json.GetArrayLength() > 0 && value.Json[0].ValueKind == System.Text.Json.JsonValueKind.Array ? value.Matrix().Dense : value.Vector();

    private static bool Set(MvmPass pass, string parameter, double[] values)
    {
        pass.SetParameter(parameter, [.. values.Select(value => (float)value)]);
        return true;
    }

    /// <summary>Whether positive and negative inputs meet the array one after the other. aihwkit draws read asymmetries in any case and uses them there only.</summary>
    private static bool ReadsTwice(IOParameters io) =>
        !io.IsPerfect && io.MvType is (AnalogMVType.PosNegSeparate or AnalogMVType.PosNegSeparateDigitalSum);

    /// <summary>A factor of 1 or an addend of 0 changes nothing.</summary>
    private static bool IsNeutral(string parameter, double[] values) =>
        Array.TrueForAll(values, value => value == (parameter.EndsWith("_factor", StringComparison.Ordinal) || parameter.EndsWith("_asymmetry", StringComparison.Ordinal) ? 1 : 0));

    private void Measure(MvmPass pass, WeightMatrix matrix, IOParameters io, float[] input, int vectors, int repetitions, MomentSums sums, PooledComparison pool, double[] mean)
    {
        // A running average over everything read so far needs its reads one by one, and committed.
        bool isRunning = io.NoiseManagement == NoiseManagementType.AverageAbsMax;
        int together = isRunning ? 1 : Together;
        float[] x = [.. Enumerable.Repeat(input, together).SelectMany(values => values)];
        float[] y = new float[together * vectors * pass.OutSize];
        for (int first = 0; first < repetitions; first += together)
        {
            int count = Math.Min(together, repetitions - first);
            if (isRunning) { OneByOne(pass, matrix, x, y, vectors, first); }
            else
            {
                ReadAddress at = new(ReadPhase.Evaluation, 0, first * vectors);
                pass.Run(matrix, at, x.AsSpan(0, count * input.Length), y.AsSpan(0, count * vectors * pass.OutSize), count * vectors);
            }

            for (int value = 0; value < count * mean.Length; value++)
            {
                int cell = value % mean.Length;
                sums.Add(cell, y[value]);
                pool.Add(first + (value / mean.Length), cell, y[value] - mean[cell]);
            }
        }
    }

    private static void OneByOne(MvmPass pass, WeightMatrix matrix, float[] x, float[] y, int vectors, int repetition)
    {
        for (int vector = 0; vector < vectors; vector++)
        {
            ulong step = (ulong)((repetition * vectors) + vector);
            pass.Run(matrix, new ReadAddress(ReadPhase.Training, step, 0), x.AsSpan(vector * pass.InSize, pass.InSize), y.AsSpan(vector * pass.OutSize, pass.OutSize), 1);
            pass.CommitStatistics(step);
        }
    }

    /// <summary>A sum of that many products in 32 bits, scaled before and after; the file prints six digits or more.</summary>
    private double Rounding(double[] dense, double[] input, int rows, int columns, int vector, int output)
    {
        bool isForward = direction == MvmDirection.Forward;
        int terms = isForward ? columns : rows;
        double sum = 0;
        for (int k = 0; k < terms; k++) { sum += Math.Abs(dense[isForward ? (output * columns) + k : (k * columns) + output] * input[(vector * terms) + k]); }
        return Math.Pow(2, -20) * sum;
    }
}
