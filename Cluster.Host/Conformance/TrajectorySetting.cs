using Tessera.Coordination.Data;

namespace Tessera.Host.Conformance;

/// <summary>What the cases of one file of trajectories share: the vectors of every update and the weights before the first.</summary>
/// <param name="X">[update] input vectors of a mini-batch, one after the other.</param>
/// <param name="D">[update] error vectors of a mini-batch, one after the other.</param>
/// <param name="Batch">Vectors of a mini-batch.</param>
/// <param name="Start">Weights before the first update, row-major.</param>
/// <param name="LearningRate">Learning rate of the tile.</param>
/// <param name="Repetitions">Tiles behind the golden figures.</param>
internal sealed record TrajectorySetting(float[][] X, float[][] D, int Batch, float[] Start, float LearningRate, int Repetitions)
{
    /// <summary>Outputs.</summary>
    public int Rows => D[0].Length / Batch;

    /// <summary>Inputs.</summary>
    public int Columns => X[0].Length / Batch;

    /// <summary>Reads the shared fields of a file.</summary>
    /// <exception cref="DataException">One of them is missing or does not fit the others.</exception>
    public static TrajectorySetting Read(GoldenElement root)
    {
        int batch = root.Find("batch")?.Whole(1) ?? 1;
        (float[][] x, int columns) = MiniBatches(root["X"], 0, batch);
        (float[][] d, int rows) = MiniBatches(root["D"], x.Length * batch, batch);
        float[] start = [.. root["w0"].Matrix(rows, columns).Dense.Select(value => (float)value)];
        return new TrajectorySetting(x, d, batch, start, (float)root["lr"].Number(), root["reps"].Whole(2));
    }

    private static (float[][] Values, int Length) MiniBatches(GoldenElement element, int count, int batch)
    {
        (double[] dense, int vectors, int length) = element.Matrix(count);
        if (vectors % batch != 0)
        {
            throw new DataException($"{element.Path}: saw {vectors} vectors, expected whole mini-batches of {batch}. Fetch the golden folder again.");
        }

        float[] values = [.. dense.Select(value => (float)value)];
        return ([.. values.Chunk(batch * length)], length);
    }
}
