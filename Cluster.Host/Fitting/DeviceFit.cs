using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace Tessera.Host.Fitting;

/// <summary>A value with its standard error; null where it was not fitted.</summary>
internal readonly record struct Estimate(double Value, double? Error);

/// <summary>A field of the fitted device.</summary>
/// <param name="Name">aihwkit's name.</param>
/// <param name="Values">One estimate, or the items of a list.</param>
internal sealed record FittedEstimate(string Name, Estimate[] Values);

/// <summary>What a fit found.</summary>
/// <param name="Law">The step law with the numbers that were moved.</param>
/// <param name="Values">Those numbers.</param>
/// <param name="Fields">Fields of the device.</param>
/// <param name="CycleNoise">Relative noise of a step, <c>dw_min_std</c>.</param>
/// <param name="ReadNoise">Noise of a reading, in weight units.</param>
/// <param name="Undetermined">Numbers that the data leave open and that were taken from the range that was measured.</param>
internal sealed record FitResult(StepLaw Law, double[] Values, IReadOnlyList<FittedEstimate> Fields, Estimate CycleNoise, Estimate ReadNoise, IReadOnlyList<string> Undetermined);

/// <summary>
/// Fits the parameters of a device to a measured trace: maximum likelihood, in turns over the step law (weighted least squares, Levenberg-Marquardt) and
/// over the two noises (simplex).
/// </summary>
internal sealed class DeviceFit
{
    private const int TurnsMax = 12;
    private const double Singular = 1e-9;

    /// <summary>A bound so many measured ranges away is not seen by the data, whatever the fit makes of it.</summary>
    private const double FarAway = 5;

    private readonly StepLaw _law;
    private readonly PulseData _data;
    private readonly TraceFilter _filter;
    private readonly double _range;
    private readonly double[] _variances;
    private readonly double[] _gains;
    private readonly double[] _scales;
    private readonly bool[] _isFree;
    private double[] _values;
    private TraceNoise _noise;

    private DeviceFit(StepLaw law, PulseData data, IReadOnlyDictionary<string, double> held)
    {
        _law = law;
        _data = data;
        _filter = new TraceFilter(law, data);
        _range = data.Most - data.Least;
        _variances = new double[_filter.Count];
        _gains = new double[_filter.Count];
        _values = law.Start(new ObservedSteps(data), held);
        _isFree = [.. law.Names.Select(name => !law.Held.Contains(name))];
        for (int index = 0; index < _values.Length; index++)
        {
            if (!held.TryGetValue(law.Names[index], out double given)) { continue; }
            _values[index] = given;
            _isFree[index] = false;
        }

        _scales = [.. _values.Select(value => Math.Max(Math.Abs(value), 1e-3))];
    }

    /// <summary>Fits a device.</summary>
    /// <param name="law">Its step law.</param>
    /// <param name="data">The trace.</param>
    /// <param name="held">Numbers of the law that are given.</param>
    public static FitResult Run(StepLaw law, PulseData data, IReadOnlyDictionary<string, double> held)
    {
        DeviceFit fit = new(law, data, held);
        List<string> undetermined = [];
        while (true)
        {
            fit.Converge();
            if (fit.Open() is not { } open) { return fit.Result(undetermined); }
            int index = law.Names.ToList().IndexOf(open);
            fit._isFree[index] = false;
            undetermined.Add(open);
            Dictionary<string, double> known = new(held);
            foreach (string name in undetermined) { known[name] = law.OpenBound(name, data); }
            fit._values = law.Start(new ObservedSteps(data), known);
            foreach ((string name, double value) in known) { fit._values[law.Names.ToList().IndexOf(name)] = value; }
        }
    }

    private void Converge()
    {
        _noise = BestNoise([new TraceNoise(0.3, 1e-3 * _range), new TraceNoise(0.01, 1e-2 * _range), new TraceNoise(1e-3, 1e-5 * _range)]);
        double before = double.PositiveInfinity;
        for (int turn = 0; turn < TurnsMax; turn++)
        {
            _ = _filter.Run(_values, _noise, _variances, _gains);
            MoveLaw();
            _noise = BestNoise([_noise, new TraceNoise(_noise.Cycle * 0.1, _noise.Read), new TraceNoise(_noise.Cycle, _noise.Read * 0.1)]);
            double score = _filter.Run(_values, _noise, _variances, _gains);
            if (Math.Abs(before - score) < 1e-4) { break; }
            before = score;
        }
    }

    private int[] Free() => [.. Enumerable.Range(0, _values.Length).Where(index => _isFree[index])];

    private double[] With(int[] free, Vector<double> point)
    {
        double[] values = [.. _values];
        for (int k = 0; k < free.Length; k++) { values[free[k]] = point[k] * _scales[free[k]]; }
        return values;
    }

    private void MoveLaw()
    {
        int[] free = Free();
        double[] predicted = new double[_filter.Count];
        Vector<double> start = Vector<double>.Build.Dense([.. free.Select(index => _values[index] / _scales[index])]);
        IObjectiveModel model = ObjectiveFunction.NonlinearModel(
            (point, _) =>
            {
                _filter.Predict(With(free, point), _gains, predicted);
                return Vector<double>.Build.Dense([.. predicted]);
            },
            Vector<double>.Build.Dense(_filter.Count, row => row),
            Vector<double>.Build.Dense(_filter.Readings),
            Vector<double>.Build.Dense(_filter.Count, row => 1 / (double.IsFinite(_variances[row]) ? Math.Max(_variances[row], 1e-200) : 1e200)),
            2);
        try
        {
            NonlinearMinimizationResult found = new LevenbergMarquardtMinimizer().FindMinimum(model, start);
            if (Cost(With(free, found.MinimizingPoint)) <= Cost(_values)) { _values = With(free, found.MinimizingPoint); }
        }
        catch (Exception failure) when (failure is OptimizationException or ArithmeticException or ArgumentException)
        {
            // The values so far stay; the next turn weighs the readings anew.
        }
    }

    private double Cost(double[] values)
    {
        double[] predicted = new double[_filter.Count];
        _filter.Predict(values, _gains, predicted);
        double cost = 0;
        for (int row = 0; row < predicted.Length; row++) { cost += (predicted[row] - _filter.Readings[row]) * (predicted[row] - _filter.Readings[row]) / _variances[row]; }
        return double.IsFinite(cost) ? cost : double.PositiveInfinity;
    }

    private double Score(double logCycle, double logRead) => _filter.Run(_values, NoiseOf(logCycle, logRead), new double[_filter.Count], new double[_filter.Count]);

    /// <summary>Neither noise vanishes altogether: digits of the file and of the arithmetic are noise too.</summary>
    private TraceNoise NoiseOf(double logCycle, double logRead) => new(Math.Max(Math.Exp(Math.Min(logCycle, 5)), 1e-6), Math.Max(Math.Exp(Math.Min(logRead, 5)), 1e-8 * _range));

    private TraceNoise BestNoise(TraceNoise[] starts)
    {
        double best = double.PositiveInfinity;
        TraceNoise noise = starts[0];
        foreach (TraceNoise start in starts)
        {
            double Evaluate(Vector<double> point)
            {
                double score = Score(point[0], point[1]);
                if (score >= best) { return score; }
                best = score;
                noise = NoiseOf(point[0], point[1]);
                return score;
            }

            try
            {
                Vector<double> from = Vector<double>.Build.Dense([Math.Log(start.Cycle), Math.Log(Math.Max(start.Read, 1e-8 * _range))]);
                _ = NelderMeadSimplex.Minimum(ObjectiveFunction.Value(Evaluate), from, Vector<double>.Build.Dense([0.5, 0.5]), 1e-6, 200);
            }
            catch (OptimizationException)
            {
                // The best point seen is kept all the same.
            }
        }

        return noise;
    }

    /// <summary>Derivatives of the standardised predictions by the scaled free numbers, as their normal matrix.</summary>
    private Matrix<double> Normal(int[] free)
    {
        double[][] columns = new double[free.Length][];
        double[] plus = new double[_filter.Count];
        double[] minus = new double[_filter.Count];
        for (int k = 0; k < free.Length; k++)
        {
            double h = 1e-6 * _scales[free[k]];
            _filter.Predict(Shifted(free[k], h), _gains, plus);
            _filter.Predict(Shifted(free[k], -h), _gains, minus);
            columns[k] = [.. Enumerable.Range(0, _filter.Count).Select(row => (plus[row] - minus[row]) / 2e-6 / Math.Sqrt(_variances[row]))];
        }

        return Matrix<double>.Build.Dense(free.Length, free.Length, (a, b) => columns[a].Zip(columns[b], (x, y) => x * y).Sum());
    }

    private double[] Shifted(int index, double by)
    {
        double[] values = [.. _values];
        values[index] += by;
        return values;
    }

    /// <summary>A bound that the data leave open: no reading depends on it, or another number can stand in for it.</summary>
    private string? Open()
    {
        int[] free = Free();
        Matrix<double> normal = Normal(free);
        foreach (string name in _law.Open)
        {
            int at = Array.FindIndex(free, index => _law.Names[index] == name);
            if (at < 0) { continue; }
            double beyond = name == "w_max" ? _values[free[at]] - _data.Most : _data.Least - _values[free[at]];
            if (!(normal[at, at] > 0) || !(beyond < FarAway * _range)) { return name; }

            // What the other numbers cannot imitate of it, as a share.
            int[] others = [.. Enumerable.Range(0, free.Length).Where(k => k != at && normal[k, k] > 0)];
            Vector<double> coupling = Vector<double>.Build.Dense(others.Length, k => normal[others[k], at] / Math.Sqrt(normal[others[k], others[k]] * normal[at, at]));
            Matrix<double> rest = Matrix<double>.Build.Dense(
                others.Length, others.Length, (a, b) => normal[others[a], others[b]] / Math.Sqrt(normal[others[a], others[a]] * normal[others[b], others[b]]));
            double own = 1 - coupling.DotProduct(rest.PseudoInverse() * coupling);
            if (!(own > Singular)) { return name; }
        }

        return null;
    }

    private FitResult Result(IReadOnlyList<string> undetermined)
    {
        int[] free = Free();
        Matrix<double> covariance = Covariance(Normal(free));
        List<FittedEstimate> fields = [];
        foreach (FittedField field in _law.Fields(_values))
        {
            fields.Add(new FittedEstimate(field.Name, [.. field.Values.Select((value, item) => new Estimate(value, Error(field.Name, item, free, covariance)))]));
        }

        (double cycleError, double readError) = NoiseErrors();
        return new FitResult(_law, _values, fields, new Estimate(_noise.Cycle, cycleError * _noise.Cycle), new Estimate(_noise.Read, readError * _noise.Read), undetermined);
    }

    private static Matrix<double> Covariance(Matrix<double> normal)
    {
        Vector<double> size = Vector<double>.Build.Dense(normal.RowCount, k => Math.Sqrt(Math.Max(normal[k, k], 1e-300)));
        Matrix<double> unit = Matrix<double>.Build.Dense(normal.RowCount, normal.RowCount, (a, b) => normal[a, b] / (size[a] * size[b]));
        Matrix<double> inverse = unit.PseudoInverse();
        return Matrix<double>.Build.Dense(normal.RowCount, normal.RowCount, (a, b) => inverse[a, b] / (size[a] * size[b]));
    }

    /// <summary>Standard error of a field, to first order in the numbers that were moved; null if it depends on none of them.</summary>
    private double? Error(string name, int item, int[] free, Matrix<double> covariance)
    {
        Vector<double> slope = Vector<double>.Build.Dense(free.Length, k =>
        {
            double h = 1e-6 * _scales[free[k]];
            double At(double by) => _law.Fields(Shifted(free[k], by)).First(field => field.Name == name).Values[item];
            return (At(h) - At(-h)) / 2e-6;
        });
        double variance = slope.DotProduct(covariance * slope);
        return slope.All(value => value == 0) ? null : Math.Sqrt(Math.Max(variance, 0));
    }

    /// <summary>Relative standard errors of the noises, from how sharp the likelihood is.</summary>
    private (double Cycle, double Read) NoiseErrors()
    {
        const double H = 0.02;
        (double c, double r) = (Math.Log(_noise.Cycle), Math.Log(_noise.Read));
        double centre = Score(c, r);
        double cc = (Score(c + H, r) - (2 * centre) + Score(c - H, r)) / (H * H) / 2;
        double rr = (Score(c, r + H) - (2 * centre) + Score(c, r - H)) / (H * H) / 2;
        double cr = (Score(c + H, r + H) - Score(c + H, r - H) - Score(c - H, r + H) + Score(c - H, r - H)) / (4 * H * H) / 2;
        double determinant = (cc * rr) - (cr * cr);
        double Of(double own, double other) => determinant > 0 && other > 0 ? Math.Sqrt(other / determinant) : own > 0 ? 1 / Math.Sqrt(own) : double.PositiveInfinity;
        return (Of(cc, rr), Of(rr, cc));
    }
}
