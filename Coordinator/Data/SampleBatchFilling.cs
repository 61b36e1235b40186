using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Data;

/// <summary>Copies samples into a batch.</summary>
internal static class SampleBatchFilling
{
    /// <summary>Takes the samples at consecutive places of an order, or consecutive samples without one, as many as fit or are left.</summary>
    /// <param name="batch">Overwritten.</param>
    /// <param name="samples">Where they come from.</param>
    /// <param name="order">Index of the sample at each place, or null.</param>
    /// <param name="first">First place.</param>
    public static void Fill(this SampleBatch batch, SampleSet samples, int[]? order, int first)
    {
        batch.Count = Math.Min(batch.Capacity, samples.Count - first);
        for (var row = 0; row < batch.Count; row++)
        {
            var sample = order is null ? first + row : order[first + row];
            samples.CopyFeatures(sample, batch.Features.Row(row));
            batch.Labels[row] = samples.Label(sample);
        }
    }
}
