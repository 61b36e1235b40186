using Tessera.Coordination.Data;

namespace Tessera.Host.Bench;

/// <summary>Random samples for benchmarks of whole steps.</summary>
internal static class BenchSamples
{
    /// <summary>A training set that repeats one mini-batch, and its values.</summary>
    /// <param name="n">Features and classes.</param>
    /// <param name="batch">Samples of a mini-batch.</param>
    /// <param name="steps">Mini-batches.</param>
    public static (DataPair Data, float[] X) Random(int n, int batch, int steps)
    {
        var x = new float[batch * n];
        for (var row = 0; row < batch; row++)
        {
            BenchContext.FillUniform(x.AsSpan(row * n, n), (uint)row);
        }

        var labels = Labels(n, batch);
        return (new DataPair(new RepeatedSamples(x, labels, batch * steps, n), new RepeatedSamples(x, labels, batch, n)), x);
    }

    /// <summary>[batch] classes below n.</summary>
    public static int[] Labels(int n, int batch) => [.. Enumerable.Range(0, batch).Select(row => row * 7 % n)];
}
