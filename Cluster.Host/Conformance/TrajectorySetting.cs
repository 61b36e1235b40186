using Tessera.Coordination.Data;

namespace Tessera.Host.Conformance;

/// <summary>What the cases of one file of trajectories share: the vectors of every update and the weights before the first.</summary>
/// <param name="X">[update] input vectors.</param>
/// <param name="D">[update] error vectors.</param>
/// <param name="Start">Weights before the first update, row-major.</param>
/// <param name="LearningRate">Learning rate of the tile.</param>
/// <param name="Repetitions">Tiles behind the golden figures.</param>
internal sealed record TrajectorySetting(float[][] X, float[][] D, float[] Start, float LearningRate, int Repetitions)
{
    /// <summary>Outputs.</summary>
    public int Rows => D[0].Length;

    /// <summary>Inputs.</summary>
    public int Columns => X[0].Length;

    /// <summary>Reads the shared fields of a file.</summary>
    /// <exception cref="DataException">One of them is missing or does not fit the others.</exception>
    public static TrajectorySetting Read(GoldenElement root)
    {
        float[][] x = Vectors(root["X"], 0);
        float[][] d = Vectors(root["D"], x.Length);
        float[] start = [.. root["w0"].Matrix(d[0].Length, x[0].Length).Dense.Select(value => (float)value)];
        if (root.Find("batch") is { } batch && batch.Whole(1) != 1)
        {
            throw new DataException($"{root.Path}.batch: saw {batch.Whole(1)}, expected 1: the files hold single vectors. Fetch the golden folder again.");
        }

        return new TrajectorySetting(x, d, start, (float)root["lr"].Number(), root["reps"].Whole(2));
    }

    private static float[][] Vectors(GoldenElement element, int count)
    {
        (double[] dense, int rows, int columns) = element.Matrix(count);
        return [.. Enumerable.Range(0, rows).Select(row => dense.AsSpan(row * columns, columns).ToArray().Select(value => (float)value).ToArray())];
    }
}
