using Tessera.Kernels.Configuration;
using Tessera.Kernels.Updates;

namespace Tessera.Host.Conformance;

/// <summary>What the cases of one update file share.</summary>
/// <param name="Device">Name of the device; null where the file does not say.</param>
/// <param name="Params">Its parameters.</param>
/// <param name="Granularity">Its golden granularity; null where the file does not say.</param>
/// <param name="Hidden">Hidden parameters of every device; those that are all zero are left out.</param>
/// <param name="X">Input vector.</param>
/// <param name="D">Error vector.</param>
internal sealed record UpdateSetting(string? Device, GoldenElement Params, double? Granularity, GoldenElement Hidden, float[] X, float[] D);

/// <summary>One update from the same weights, over and over: mean and standard deviation of the change of every cell.</summary>
/// <param name="name">Name of the case.</param>
/// <param name="setting">Device and vectors.</param>
/// <param name="updateFields">Fields of the update; null for aihwkit's defaults.</param>
/// <param name="start">Weights before each update, row-major.</param>
/// <param name="regime">Learning rate, repetitions and what was measured.</param>
internal sealed class UpdateCase(string name, UpdateSetting setting, GoldenElement? updateFields, double[] start, GoldenElement regime)
    : ConformanceCase(name, (regime.Has("persistent_dw_mean") ? 2 : 1) * ((2 * start.Length) + PooledComparison.Comparisons))
{
    /// <summary>Cells with fewer expected coincidences are judged by their number.</summary>
    private const double FewCoincidences = 25;

    /// <summary>Our repetitions for each of aihwkit's, so that ours add little to the error of the comparison.</summary>
    private const int MoreRepetitions = 8;

    /// <summary>Digits of hidden parameters; round bounds show fewer and are exact.</summary>
    private const int BoundDigits = 7;

    private const int OnePulseRepetitions = 2000;
    private const string Persistent = "persistent_weights";

    private readonly int _rows = setting.D.Length;
    private readonly int _columns = setting.X.Length;
    private readonly GoldenElement _regime = regime;
    private readonly double[] _openBounds = OpenBounds(setting, start.Length);

    /// <inheritdoc/>
    public override CaseResult Run(double limit)
    {
        DeviceParameters device = GoldenConfig.Device(setting.Device, setting.Params);
        UpdateParameters update = updateFields is { } fields ? GoldenConfig.Update(fields) : new UpdateParameters();
        float learningRate = (float)_regime["lr"].Number();
        int golden = _regime["reps"].Whole(2);
        using CaseTile tile = new(Name, device, update, _rows, _columns);
        Comparison comparison = new(limit);
        if (setting.Granularity is { } granularity && tile.Devices.HiddenParameterNames.Count > 0) { comparison.Value("granularity", tile.Devices.WeightGranularity, granularity, 1e-6 * granularity); }
        if (SetHidden(tile) is { } problem) { return CaseResult.Fail(problem); }
        bool hasPersistent = _regime.Has("persistent_dw_mean");
        if (hasPersistent && !tile.Devices.HiddenParameterNames.Contains(Persistent))
        {
            return CaseResult.Fail("there are no persistent weights; expected them where write noise is on");
        }

        Target visible = new(this, "", golden * MoreRepetitions);
        Target? hidden = hasPersistent ? new Target(this, "persistent_", golden * MoreRepetitions) : null;
        float[] from = [.. start.Select(value => (float)value)];
        Repeat(tile, from, learningRate, golden * MoreRepetitions, visible, hidden);

        float g = tile.Devices.WeightGranularity;
        (double Slots, double[] Probability)? coincidences = Coincidences(update, learningRate, g);
        (CellMoments[] onePulse, double[] steps) = OnePulse(device, from);
        Compare(comparison, visible, golden, coincidences is null || hasPersistent ? null : coincidences, onePulse, steps);
        if (hidden is not null) { Compare(comparison, hidden, golden, coincidences, onePulse, steps); }
        return comparison.Result();
    }

    /// <summary>[cell] What the printed digits of the bounds leave open.</summary>
    private static double[] OpenBounds(UpdateSetting setting, int cells)
    {
        double[] open = new double[cells];
        foreach (string bound in new[] { "max_bound", "min_bound" })
        {
            if (setting.Hidden.Find(bound) is not { } element) { continue; }
            int digits = Printed.Digits(element, BoundDigits);
            double[] values = element.Matrix(setting.D.Length, setting.X.Length).Dense;
            for (int cell = 0; cell < cells; cell++) { open[cell] += Printed.Half(values[cell], digits); }
        }

        return open;
    }

    private string? SetHidden(CaseTile tile)
    {
        // Pulse type None replaces the devices by digital ones, which have none.
        IReadOnlyList<string> names = tile.Devices.HiddenParameterNames;
        if (names.Count == 0) { return null; }
        foreach ((string parameter, GoldenElement _) in setting.Hidden.Fields)
        {
            if (!names.Contains(parameter)) { return $"there is no hidden parameter {parameter}; this device has {string.Join(", ", names)}"; }
        }

        List<float[]> values = [];
        foreach (string parameter in names)
        {
            values.Add(setting.Hidden.Find(parameter) is { } matrix ? [.. matrix.Matrix(_rows, _columns).Dense.Select(value => (float)value)] : new float[_rows * _columns]);
        }

        tile.Devices.SetHiddenParameters(tile.Weights, values, 0);
        return null;
    }

    private void Repeat(CaseTile tile, float[] from, float learningRate, int repetitions, Target visible, Target? hidden)
    {
        float[] weights = new float[from.Length];
        for (int repetition = 0; repetition < repetitions; repetition++)
        {
            tile.SetWeights(from, (ulong)repetition);
            tile.Devices.Update(tile.Weights, (ulong)repetition, learningRate, setting.X, setting.D, 1);
            tile.Weights.CopyTo(weights);
            visible.Add(repetition, weights, from);
            if (hidden is null) { continue; }
            tile.Devices.GetHiddenParameter(Persistent, weights);
            hidden.Add(repetition, weights, from);
        }
    }

    /// <summary>Slots of a train, and the probability of a coincidence in each for every cell; null for updates without random trains.</summary>
    private (double Slots, double[] Probability)? Coincidences(UpdateParameters update, float learningRate, float granularity)
    {
        if (update.PulseType is not (PulseType.StochasticCompressed or PulseType.Stochastic) || !(granularity > 0)) { return null; }
        BitLineScales scales = BitLineScales.Choose(update, learningRate, granularity, setting.X.Max(MathF.Abs), setting.D.Max(MathF.Abs));

        // Stochastic rounding leaves the probability right on average.
        float resolution = update.StoRound ? 0 : update.Res;
        double Of(float value, float scale) => Math.Clamp(PulseProbability.Quantise(MathF.Abs(value), scale, resolution, 0.5f), 0, 1);
        return (scales.Slots, [.. setting.D.SelectMany(d => setting.X.Select(x => Of(x, scales.XScale) * Of(d, scales.DScale)))]);
    }

    /// <summary>What one certain pulse in each cell's own direction does, and the size of the cell's step where no bound is near.</summary>
    private (CellMoments[] Moments, double[] Steps) OnePulse(DeviceParameters device, float[] from)
    {
        using CaseTile tile = new($"{Name}/one pulse", device, PulseTrain.OnePulse, _rows, _columns);
        _ = SetHidden(tile);
        bool hasPersistent = tile.Devices.HiddenParameterNames.Contains(Persistent);
        MomentSums sums = new(new double[from.Length]);
        float[] x = [.. setting.X.Select(value => (float)Math.Sign(value))];
        float[] d = [.. setting.D.Select(value => (float)Math.Sign(value))];
        float[] weights = new float[from.Length];
        for (int repetition = 0; repetition < OnePulseRepetitions; repetition++)
        {
            tile.SetWeights(from, (ulong)repetition);
            tile.Devices.Update(tile.Weights, (ulong)repetition, Math.Max(1, tile.Devices.WeightGranularity), x, d, 1);
            if (hasPersistent) { tile.Devices.GetHiddenParameter(Persistent, weights); }
            else { tile.Weights.CopyTo(weights); }
            for (int cell = 0; cell < weights.Length; cell++) { sums.Add(cell, weights[cell] - (double)from[cell]); }
        }

        double[] steps = new double[from.Length];
        if (tile.Devices.HiddenParameterNames.Contains("dwmin_up"))
        {
            float[] up = tile.Hidden("dwmin_up");
            float[] down = tile.Hidden("dwmin_down");
            for (int cell = 0; cell < steps.Length; cell++) { steps[cell] = Math.Max(Math.Abs(up[cell]), Math.Abs(down[cell])); }
        }

        return ([.. Enumerable.Range(0, from.Length).Select(sums.Of)], steps);
    }

    private void Compare(
        Comparison comparison, Target target, int golden, (double Slots, double[] Probability)? coincidences, CellMoments[] onePulse, double[] steps)
    {
        bool[] isPooled = new bool[start.Length];
        for (int cell = 0; cell < start.Length; cell++)
        {
            string where = $"{target.Prefix}dw[{cell / _columns},{cell % _columns}]";
            CellMoments own = target.Moments(cell);
            double mean = target.Mean[cell];
            double rounding = (Math.Pow(2, -22) * (Math.Abs(start[cell]) + Math.Abs(mean))) + _openBounds[cell]
                + Printed.Half(Math.Max(Math.Abs(mean), target.Deviation[cell]), target.Digits);
            if (coincidences is { } expected && expected.Slots * golden * expected.Probability[cell] < FewCoincidences)
            {
                Rare(comparison, where, own.Mean, mean, golden, expected.Slots, expected.Probability[cell], onePulse[cell], steps[cell], rounding);
                continue;
            }

            double grain = target.Prefix.Length == 0 && _regime.Has("persistent_dw_mean") ? 0 : Math.Max(Math.Abs(onePulse[cell].Mean), steps[cell]);
            comparison.Cell(where, own, mean, target.Deviation[cell], golden, rounding, grain);
            isPooled[cell] = target.Deviation[cell] > 100 * rounding;
        }

        target.Pool.Compare(comparison, target.Prefix, target.Moments, target.Mean, target.Deviation, golden, cell => isPooled[cell]);
    }

    /// <summary>Both sides must be possible with the number of coincidences that chance allows.</summary>
    private static void Rare(
        Comparison comparison, string where, double own, double mean, int golden, double slots, double probability, in CellMoments onePulse, double step, double rounding)
    {
        // A device held at its bound moves only when noise turns a pulse around: the size of such a move is no longer that of its mean.
        double deviation = Math.Abs(onePulse.Mean) < 0.05 * step ? Math.Max(onePulse.Deviation, 0.35 * step) : onePulse.Deviation;
        RareEvents golds = new(slots * golden, probability, onePulse.Mean, deviation, rounding * golden);
        RareEvents ours = new(slots * golden * MoreRepetitions, probability, onePulse.Mean, deviation, rounding * golden * MoreRepetitions);
        comparison.Deviation($"rare {where}", own, mean, golds.Deviation(mean * golden));
        comparison.Deviation($"rare {where}", own, mean, ours.Deviation(own * golden * MoreRepetitions));
    }

    /// <summary>What is compared: the visible change, or that of the persistent weights behind it.</summary>
    private sealed class Target
    {
        private readonly MomentSums _sums;

        public Target(UpdateCase owner, string prefix, int repetitions)
        {
            Prefix = prefix;
            GoldenElement mean = owner._regime[$"{prefix}dw_mean"];
            Mean = mean.Matrix(owner._rows, owner._columns).Dense;
            Deviation = owner._regime[$"{prefix}dw_std"].Matrix(owner._rows, owner._columns).Dense;
            Digits = Printed.Digits(mean);
            Pool = new PooledComparison(Mean.Length, repetitions);
            _sums = new MomentSums([.. Mean]);
        }

        public string Prefix { get; }

        public double[] Mean { get; }

        public double[] Deviation { get; }

        /// <summary>Significant digits printed.</summary>
        public int Digits { get; }

        public PooledComparison Pool { get; }

        public CellMoments Moments(int cell) => _sums.Of(cell);

        public void Add(int repetition, float[] weights, float[] from)
        {
            for (int cell = 0; cell < weights.Length; cell++)
            {
                double change = weights[cell] - (double)from[cell];
                _sums.Add(cell, change);
                Pool.Add(repetition, cell, change - Mean[cell]);
            }
        }
    }
}
