namespace Tessera.Host.Conformance;

/// <summary>One array of a unit cell after some update: golden mean and standard deviation of its cells, and ours.</summary>
internal sealed class TrajectoryArray
{
    private readonly int _columns;
    private readonly int _repetitions;
    private readonly int _digits;
    private readonly double[] _deviation;
    private readonly double[] _start;
    private readonly double _summed;
    private readonly MomentSums _sums;
    private readonly PooledComparison _pool;

    // [cell] tiles in which a cell differs from what it is in every golden tile.
    private readonly int[] _moved;

    /// <summary>Prepares the sums.</summary>
    /// <param name="name">Name of the array.</param>
    /// <param name="step">Updates that lie behind.</param>
    /// <param name="vectors">Vectors in all of them.</param>
    /// <param name="statistics">Golden mean and std.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <param name="start">Its values before the first update.</param>
    /// <param name="scale">Largest value that the array takes on the way.</param>
    /// <param name="repetitions">Tiles that will be added.</param>
    public TrajectoryArray(string name, int step, int vectors, GoldenElement statistics, int rows, int columns, float[] start, double scale, int repetitions)
    {
        Name = name;
        Step = step;
        Mean = statistics["mean"].Matrix(rows, columns).Dense;
        Latest = new double[Mean.Length];
        _columns = columns;
        _repetitions = repetitions;
        _digits = Printed.Digits(statistics["mean"]);
        _deviation = statistics["std"].Matrix(rows, columns).Dense;
        _start = [.. start.Select(value => (double)value)];
        _summed = vectors * Math.Pow(2, -25) * Math.Max(scale, _start.Max(Math.Abs));
        _sums = new MomentSums([.. Mean]);
        _pool = new PooledComparison(Mean.Length, repetitions);
        _moved = new int[Mean.Length];
    }

    /// <summary>Name of the array: <c>w</c>, or a hidden parameter.</summary>
    public string Name { get; }

    /// <summary>Updates that lie behind.</summary>
    public int Step { get; }

    /// <summary>Golden means, row-major.</summary>
    public double[] Mean { get; }

    /// <summary>Values of the last tile that was added.</summary>
    public double[] Latest { get; }

    /// <summary>A cell, for messages.</summary>
    public string Where(int cell) => $"{Name}[{cell / _columns},{cell % _columns}] after {Step}";

    /// <summary>What printing and sums in 32 bits leave open: half a unit in the last place for each vector.</summary>
    public double Rounding(int cell) => Printed.Half(Math.Max(Math.Abs(Mean[cell]), _deviation[cell]), _digits) + _summed;

    /// <summary>Adds one tile.</summary>
    public void Add(int repetition, float[] values)
    {
        for (int cell = 0; cell < values.Length; cell++)
        {
            double value = Latest[cell] = values[cell];
            _sums.Add(cell, value);
            _pool.Add(repetition, cell, value - Mean[cell]);
            if (!(Math.Abs(value - Mean[cell]) <= Rounding(cell))) { _moved[cell]++; }
        }
    }

    /// <summary>Compares every cell, and all of them together.</summary>
    /// <param name="comparison">Takes the results.</param>
    /// <param name="golden">Tiles behind the golden figures.</param>
    /// <param name="grain">Size of a large single pulse; 0 if the array is not one of weights.</param>
    public void Compare(Comparison comparison, int golden, double grain)
    {
        bool[] isPooled = new bool[Mean.Length];
        for (int cell = 0; cell < Mean.Length; cell++)
        {
            CellMoments own = _sums.Of(cell);
            double rounding = Rounding(cell);
            if (_deviation[cell] <= rounding) { Still(comparison, cell, own, golden); }
            else if (own.Deviation <= rounding) { comparison.Lively($"{Where(cell)}, alike in every tile of ours,", own, Mean[cell], _deviation[cell], golden, grain); }
            else { comparison.Cell(Where(cell), own, Mean[cell], _deviation[cell], golden, rounding, grain, origin: _start[cell]); }
            isPooled[cell] = _deviation[cell] > 100 * rounding && own.Deviation > rounding;
        }

        double[] changes = [.. Mean.Select((mean, cell) => mean - _start[cell])];
        _pool.Compare(comparison, $"{Name} after {Step}, ", Change, changes, _deviation, golden, cell => isPooled[cell]);
    }

    private CellMoments Change(int cell)
    {
        CellMoments own = _sums.Of(cell);
        return own with { Mean = own.Mean - _start[cell] };
    }

    /// <summary>All golden tiles agree. If some of ours do not, then by chance each of those fell among ours.</summary>
    private void Still(Comparison comparison, int cell, in CellMoments own, int golden)
    {
        string where = $"mean {Where(cell)}, alike in every golden tile,";
        double rounding = Rounding(cell);
        if (_moved[cell] > 0 && own.Deviation > rounding)
        {
            comparison.Deviation(where, own.Mean, Mean[cell], Tolerance.DeviationOf(Math.Pow(_repetitions / (double)(_repetitions + golden), _moved[cell])));
            return;
        }

        comparison.Exact(where, own.Mean, Mean[cell], rounding);
        if (Math.Abs(Mean[cell] - _start[cell]) > rounding) { comparison.NoticeMean(rounding, Mean[cell] - _start[cell]); }
    }
}
