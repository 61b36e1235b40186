namespace Tessera.Kernels.Updates;

/// <summary>Refuses impossible arguments of an update before anything changes.</summary>
internal static class UpdateArguments
{
    internal static void Check(float learningRate, int xLength, int dLength, int rows, int columns, int batch)
    {
        if (!(learningRate >= 0) || !float.IsFinite(learningRate))
        {
            throw new ArgumentOutOfRangeException(
                nameof(learningRate), learningRate, "The learning rate of an update must be a finite number of 0 or more. Negate d to climb.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        if (xLength != (long)batch * columns || dLength != (long)batch * rows)
        {
            throw new ArgumentException(
                $"An update of {batch} vector pairs on {rows} x {columns} devices takes {(long)batch * columns} inputs and {(long)batch * rows} gradients, "
                + $"got {xLength} and {dLength}.");
        }
    }
}
