namespace Tessera.Kernels.Updates;

/// <summary>Unfolds images into the vectors that a convolution's tile sees, one per output position.</summary>
internal static class IndexedInput
{
    private const int Padding = 0;
    private const int One = 1;
    private const int FirstValue = 2;

    /// <summary>Checks the arguments and counts positions.</summary>
    /// <exception cref="ArgumentException">A length does not fit, or an index lies outside the image.</exception>
    internal static int Positions(ReadOnlySpan<int> indices, int columns, int imageSize, int imageLength, int batch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(imageSize);
        if (indices.Length == 0 || indices.Length % columns != 0)
        {
            throw new ArgumentException($"The list of indices has {indices.Length} entries, expected {columns} columns times the number of output positions.");
        }

        if (imageLength != (long)batch * imageSize)
        {
            throw new ArgumentException($"{batch} images of {imageSize} values are {(long)batch * imageSize} numbers, got {imageLength}.");
        }

        for (var i = 0; i < indices.Length; i++)
        {
            if (indices[i] >= 0 && indices[i] < imageSize + FirstValue) continue;
            throw new ArgumentException($"Index {indices[i]} at entry {i} lies outside the image, expected 0 to {imageSize + FirstValue - 1}.");
        }

        return indices.Length / columns;
    }

    /// <summary>Fills [batch, position, column].</summary>
    internal static void Unfold(
        ReadOnlySpan<float> images, int imageSize, ReadOnlySpan<int> indices, int columns, int positions, int batch, Span<float> vectors)
    {
        for (var b = 0; b < batch; b++)
        {
            var image = images.Slice(b * imageSize, imageSize);
            for (var position = 0; position < positions; position++)
            {
                var vector = vectors.Slice(((b * positions) + position) * columns, columns);
                for (var column = 0; column < columns; column++)
                {
                    var index = indices[(column * positions) + position];
                    vector[column] = index switch { Padding => 0, One => 1, _ => image[index - FirstValue] };
                }
            }
        }
    }
}
