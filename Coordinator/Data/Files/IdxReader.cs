namespace Tessera.Coordination.Data.Files;

/// <summary>Images and labels as MNIST ships them, found by their usual names.</summary>
internal static class IdxReader
{
    /// <summary>Names of the training images, without <c>.gz</c>.</summary>
    public const string TrainImages = "train-images-idx3-ubyte";

    /// <summary>Names of the test images, without <c>.gz</c>.</summary>
    public const string TestImages = "t10k-images-idx3-ubyte";

    /// <summary>Reads what the folder holds: both pairs, or one of them.</summary>
    public static RawSplits Read(string folder)
    {
        var train = FindPair(folder, TrainImages, "train-labels-idx1-ubyte");
        var test = FindPair(folder, TestImages, "t10k-labels-idx1-ubyte");
        return new RawSplits(
            train is { } t ? ReadPair(t.First, t.Second) : null,
            test is { } u ? ReadPair(u.First, u.Second) : null);
    }

    /// <summary>Whether the folder holds any file that this reader knows.</summary>
    public static bool Recognises(string folder) => FindEither(folder, TrainImages) is not null || FindEither(folder, TestImages) is not null;

    /// <summary>Reads one pair and checks that it belongs together.</summary>
    public static RawSamples ReadPair(string imagesFile, string labelsFile)
    {
        var images = IdxArray.Read(imagesFile, 3);
        var labels = IdxArray.Read(labelsFile, 1);
        var count = images.Dimensions[0];
        if (labels.Dimensions[0] != count)
        {
            throw DataException.About(
                labelsFile,
                $"it holds {labels.Dimensions[0]:N0} labels",
                $"{count:N0}, one for each image of '{imagesFile}'",
                "Give the label file that belongs to these images.");
        }

        var classes = 1 + labels.Values.Max();
        var image = new ImageShape(images.Dimensions[1], images.Dimensions[2]);
        return new RawSamples(new ByteSamples(images.Values, labels.Values, images.Values.Length / count, classes), labelsFile, image);
    }

    private static (string First, string Second)? FindPair(string folder, string images, string labels) =>
        DataFile.Pair(folder, FindEither(folder, images), images, FindEither(folder, labels), labels);

    private static string? FindEither(string folder, string name)
    {
        var dotted = name.Replace("-idx", ".idx", StringComparison.Ordinal);
        return DataFile.Find(folder, name, name + ".gz", dotted, dotted + ".gz");
    }
}
