using Tessera.Coordination.Data.Files;

namespace Tessera.Coordination.Data;

/// <summary>
/// Averages squares of pixels into one pixel (<c>data.pool</c>). A value is the sum of its square, added up row by row from the left with an addition
/// of floats each, divided by the number of pixels: the same bits on every machine.
/// </summary>
internal static class ImagePooling
{
    /// <summary>The shape of a square image of so many pixels, or null where none has as many.</summary>
    public static ImageShape? Square(int features)
    {
        var side = (int)Math.Sqrt(features);
        return side * side == features ? new ImageShape(side, side) : null;
    }

    /// <summary>The samples with their pixels averaged.</summary>
    /// <param name="file">Where they come from; knows the shape of its images.</param>
    /// <param name="samples">All of them, or a part.</param>
    /// <param name="side">Side of a square, 1 or more; 1 gives the samples back.</param>
    /// <exception cref="DataException">The samples are no images, or their sides are no multiples of the square's.</exception>
    public static SampleSet Apply(RawSamples file, SampleSet samples, int side)
    {
        if (side == 1)
            return samples;
        if (file.Image is not { } image)
        {
            throw DataException.About(
                file.LabelsFile,
                $"data.pool is {side}, but its samples of {samples.Features} features are no images of one channel",
                "images of rows and columns, or a square number of features",
                "Remove data.pool, or store the samples as [samples, rows, columns].");
        }

        if (image.Rows % side != 0 || image.Columns % side != 0)
        {
            throw DataException.About(
                file.LabelsFile,
                $"data.pool is {side}, but its images have {image.Rows} x {image.Columns} pixels",
                "a divisor of both",
                "Choose another data.pool; 1 leaves the pixels as they are.");
        }

        var width = samples.Features / (side * side);
        var pooled = new float[samples.Count * width];
        var labels = new int[samples.Count];
        var pixels = new float[samples.Features];
        for (var index = 0; index < samples.Count; index++)
        {
            samples.CopyFeatures(index, pixels);
            Average(pixels, image, side, pooled.AsSpan(index * width, width));
            labels[index] = samples.Label(index);
        }

        return new FloatSamples(pooled, labels, width, samples.Classes);
    }

    /// <summary>Averages the squares of one image.</summary>
    /// <param name="pixels">[row * columns + column].</param>
    /// <param name="image">Shape of the image, both sides multiples of <paramref name="side"/>.</param>
    /// <param name="side">Side of a square.</param>
    /// <param name="destination">[row * columns / side + column], of the averages.</param>
    private static void Average(ReadOnlySpan<float> pixels, ImageShape image, int side, Span<float> destination)
    {
        var at = 0;
        for (var top = 0; top < image.Rows; top += side)
        {
            for (var left = 0; left < image.Columns; left += side)
            {
                var sum = 0f;
                for (var row = top; row < top + side; row++)
                {
                    for (var column = left; column < left + side; column++)
                    {
                        sum += pixels[(row * image.Columns) + column];
                    }
                }

                destination[at++] = sum / (side * side);
            }
        }
    }
}
