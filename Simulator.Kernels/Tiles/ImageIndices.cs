namespace Tessera.Kernels.Tiles;

/// <summary>
/// Where the inputs of a convolution lie in an image (spec tile-api, section 8): every output position is a vector, whose entries are values of the image, zeros
/// of its padding, or ones.
/// </summary>
internal sealed class ImageIndices
{
    /// <summary>Index of a zero.</summary>
    internal const int Padding = 0;

    /// <summary>Index of a one.</summary>
    internal const int One = 1;

    /// <summary>Index of the image's first value.</summary>
    internal const int FirstValue = 2;

    private readonly int[] _indices; // [position * columns + column]

    /// <summary>Takes a list that was checked.</summary>
    /// <param name="indices">[column, position]; further columns behind are left out.</param>
    /// <param name="columns">Entries of a vector.</param>
    /// <param name="positions">Vectors of an image.</param>
    /// <param name="imageSize">Values of an image.</param>
    internal ImageIndices(ReadOnlySpan<int> indices, int columns, int positions, int imageSize)
    {
        Positions = positions;
        ImageSize = imageSize;
        _indices = new int[columns * positions];
        for (var column = 0; column < columns; column++)
        {
            for (var position = 0; position < positions; position++)
            {
                _indices[(position * columns) + column] = indices[(column * positions) + position];
            }
        }
    }

    /// <summary>Vectors of an image.</summary>
    internal int Positions { get; }

    /// <summary>Values of an image.</summary>
    internal int ImageSize { get; }

    /// <summary>Bytes of the list.</summary>
    internal long Bytes => (long)_indices.Length * sizeof(int);

    /// <summary>Fills the vectors [position, column] of one image.</summary>
    internal void Gather(ReadOnlySpan<float> image, Span<float> vectors)
    {
        for (var entry = 0; entry < _indices.Length; entry++)
        {
            var index = _indices[entry];
            vectors[entry] = index >= FirstValue ? image[index - FirstValue] : index;
        }
    }

    /// <summary>The transpose: sums up what the vectors [position, column] hold for each value, in the order of positions and within them of columns.</summary>
    internal void Scatter(ReadOnlySpan<float> vectors, Span<float> image)
    {
        image.Clear();
        for (var entry = 0; entry < _indices.Length; entry++)
        {
            var index = _indices[entry];
            if (index >= FirstValue) image[index - FirstValue] += vectors[entry];
        }
    }
}
