namespace Tessera.Coordination.Data.Files;

/// <summary>
/// NumPy arrays: <c>x_*.npy</c> of shape [samples, ...] and <c>y_*.npy</c> of shape [samples]. Unsigned bytes are pixels and become
/// byte / 255; other types are taken as they are.
/// </summary>
internal static class NpyReader
{
    /// <summary>Name of the training features.</summary>
    public const string TrainFeatures = "x_train.npy";

    /// <summary>Name of the test features.</summary>
    public const string TestFeatures = "x_test.npy";

    /// <summary>Reads what the folder holds: both pairs, or one of them.</summary>
    public static RawSplits Read(string folder) =>
        new(ReadIfPresent(folder, TrainFeatures, "y_train.npy"), ReadIfPresent(folder, TestFeatures, "y_test.npy"));

    /// <summary>Whether the folder holds any file that this reader knows.</summary>
    public static bool Recognises(string folder) => DataFile.Find(folder, TrainFeatures, TestFeatures) is not null;

    /// <summary>Reads one pair and checks that it belongs together.</summary>
    public static RawSamples ReadPair(string featuresFile, string labelsFile)
    {
        var features = NpyArray.Read(featuresFile);
        var labels = NpyArray.Read(labelsFile);
        if (features.Shape.Length < 2)
        {
            throw DataException.About(
                featuresFile, $"its shape is ({string.Join(", ", features.Shape)})", "[samples, features] or more dimensions", "Reshape the array.");
        }

        if (labels.Shape.Length != 1 || labels.Shape[0] != features.Shape[0])
        {
            throw DataException.About(
                labelsFile,
                $"its shape is ({string.Join(", ", labels.Shape)})",
                $"({features.Shape[0]},), one label for each sample of '{featuresFile}'",
                "Give the labels that belong to these samples.");
        }

        var width = features.Count / features.Shape[0];
        var labelValues = ReadLabels(labels, out var classes);
        return new RawSamples(new FloatSamples(ReadFeatures(features, width), labelValues, width, classes), labelsFile, ImageOf(features.Shape));
    }

    private static RawSamples? ReadIfPresent(string folder, string features, string labels) =>
        DataFile.Pair(folder, DataFile.Find(folder, features), features, DataFile.Find(folder, labels), labels) is { } pair
            ? ReadPair(pair.First, pair.Second)
            : null;

    /// <summary>Rows that are not cut into images may still be square ones; more dimensions than two are channels, which no image here has.</summary>
    private static ImageShape? ImageOf(int[] shape) => shape.Length switch
    {
        2 => ImagePooling.Square(shape[1]),
        3 => new ImageShape(shape[1], shape[2]),
        _ => null,
    };

    private static float[] ReadFeatures(NpyArray array, int width)
    {
        var values = new float[array.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var value = array.Type == NpyType.UInt8 ? (float)array[i] / 255f : (float)array[i];
            if (!float.IsFinite(value))
            {
                throw DataException.About(
                    array.File, $"sample {i / width}, feature {i % width} is {array[i]}", "a finite 32-bit number", "Replace or remove the sample.");
            }

            values[i] = value;
        }

        return values;
    }

    private static int[] ReadLabels(NpyArray array, out int classes)
    {
        var labels = new int[array.Count];
        classes = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            var value = array[i];
            if (!(value >= 0 && value < SampleLabels.ClassesMax && value == Math.Floor(value)))
            {
                throw DataException.About(
                    array.File, $"label {i} is {value}", $"a whole number from 0 to {SampleLabels.ClassesMax - 1}", "Number the classes from 0.");
            }

            labels[i] = (int)value;
            classes = Math.Max(classes, labels[i] + 1);
        }

        return labels;
    }
}
