namespace Tessera.Kernels.Tests.UnitCells;

/// <summary>Mean, standard deviation and kurtosis of each cell of an array over repetitions.</summary>
internal sealed class CellMoments(int cells)
{
    private readonly List<float[]> _samples = [];

    /// <summary>Adds one repetition.</summary>
    internal void Add(float[] values)
    {
        Assert.Equal(cells, values.Length);
        _samples.Add(values);
    }

    /// <summary>The moments of a cell; the deviation is unbiased, the kurtosis 3 for a normal law.</summary>
    internal (double Mean, double Deviation, double Kurtosis) Of(int cell)
    {
        var mean = _samples.Average(sample => (double)sample[cell]);
        var second = _samples.Sum(sample => Math.Pow(sample[cell] - mean, 2));
        var fourth = _samples.Sum(sample => Math.Pow(sample[cell] - mean, 4));
        var kurtosis = second > 0 ? fourth * _samples.Count / (second * second) : 3;
        return (mean, Math.Sqrt(second / (_samples.Count - 1)), kurtosis);
    }
}
