using Tessera.Coordination.Data.Files;
using Tessera.Coordination.Experiments;

namespace Tessera.Coordination.Data;

/// <summary>
/// Applies <c>data.train</c>, <c>data.test</c> and <c>data.pool</c>. With both files present each range cuts its own file; a single file serves both, and then
/// both ranges are wanted and must not overlap.
/// </summary>
internal static class SplitRanges
{
    public static DataPair Cut(string place, RawSplits splits, DataConfig config)
    {
        var train = Parse("data.train", config.Train);
        var test = Parse("data.test", config.Test);
        var trainFile = splits.Train ?? splits.Test ?? throw NothingFound(place);
        var testFile = splits.Test ?? trainFile;
        if (ReferenceEquals(trainFile, testFile))
        {
            RequireSeparate(trainFile, train, test);
        }

        RequireSameShape(trainFile, testFile);
        return new DataPair(
            ImagePooling.Apply(trainFile, Slice("data.train", trainFile, train), config.Pool),
            ImagePooling.Apply(testFile, Slice("data.test", testFile, test), config.Pool));
    }

    public static DataException NothingFound(string folder) => new(
        $"Data folder '{folder}' holds no data file of a known name; expected '{IdxReader.TrainImages}' or '{IdxReader.TestImages}' with their labels "
        + $"(plain or .gz), '{NpyReader.TrainFeatures}' with its y, or '{CsvReader.TrainFile}'. Give another folder or rename the files.");

    private static SampleRange? Parse(string field, string? text)
    {
        if (text is null)
            return null;
        return SampleRange.TryParse(text, out var range)
            ? range
            : throw new DataException($"{field} is '{text}'; expected an inclusive range first..last, for instance 0..7999. Correct the range.");
    }

    private static void RequireSeparate(RawSamples file, SampleRange? train, SampleRange? test)
    {
        if (train is not { } a || test is not { } b)
        {
            throw DataException.About(
                file.LabelsFile,
                $"it is the only data file ({file.Samples.Count:N0} samples)",
                "a training and a test file, or ranges that divide the one",
                "Set data.train and data.test, for instance 0..7999 and 8000..9999.");
        }

        if (a.First <= b.Last && b.First <= a.Last)
        {
            throw DataException.About(
                file.LabelsFile, $"data.train {a} and data.test {b} overlap", "separate ranges of the one file", "Move one of the ranges.");
        }
    }

    private static void RequireSameShape(RawSamples train, RawSamples test)
    {
        if (test.Samples.Features != train.Samples.Features)
        {
            throw DataException.About(
                test.LabelsFile,
                $"its samples have {test.Samples.Features} features",
                $"{train.Samples.Features} as in the training file",
                "Give files that belong together.");
        }

        if (test.Samples.Classes > train.Samples.Classes)
        {
            throw DataException.About(
                test.LabelsFile,
                $"it holds the label {test.Samples.Classes - 1}",
                $"0 to {train.Samples.Classes - 1}, the labels of the training file",
                "Check that both files number the classes alike.");
        }
    }

    private static SampleSet Slice(string field, RawSamples file, SampleRange? range)
    {
        if (range is not { } r)
            return file.Samples;
        return r.Last < file.Samples.Count
            ? file.Samples.Slice(r)
            : throw DataException.About(
                file.LabelsFile,
                $"{field} asks for samples {r}",
                $"indices below {file.Samples.Count}, the number of samples",
                $"End the range at {file.Samples.Count - 1} or before.");
    }
}
