using System.Globalization;

namespace Tessera.Coordination.Data.Files;

/// <summary>
/// Comma-separated samples, one a line: the label first, then the features, which are taken as they are. A first line whose first field is
/// no number is a header. Empty lines are skipped.
/// </summary>
internal static class CsvReader
{
    /// <summary>Name of the training file.</summary>
    public const string TrainFile = "train.csv";

    /// <summary>Name of the test file.</summary>
    public const string TestFile = "test.csv";

    /// <summary>Reads what the folder holds: both files, or one of them.</summary>
    public static RawSplits Read(string folder) => new(ReadIfPresent(folder, TrainFile), ReadIfPresent(folder, TestFile));

    /// <summary>Whether the folder holds any file that this reader knows.</summary>
    public static bool Recognises(string folder) => DataFile.Find(folder, TrainFile, TestFile) is not null;

    /// <summary>Reads one file.</summary>
    public static RawSamples ReadFile(string file)
    {
        var table = new CsvTable(file);
        try
        {
            var number = 0;
            foreach (var line in File.ReadLines(file))
            {
                table.Add(++number, line);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Data file '{file}' cannot be read: {e.Message} Check the path and its permissions.", e);
        }

        var samples = table.ToSamples();
        return new RawSamples(samples, file, ImagePooling.Square(samples.Features));
    }

    private static RawSamples? ReadIfPresent(string folder, string name) =>
        DataFile.Find(folder, name) is { } file ? ReadFile(file) : null;

    /// <summary>Rows gathered so far, all of one width.</summary>
    private sealed class CsvTable(string file)
    {
        private readonly List<float> _values = [];
        private readonly List<int> _labels = [];
        private int _features = -1;
        private bool _headerPossible = true;

        public void Add(int number, ReadOnlySpan<char> line)
        {
            line = line.Trim();
            if (line.IsEmpty)
                return;

            var isFirst = _headerPossible;
            _headerPossible = false;
            var comma = line.IndexOf(',');
            var first = (comma < 0 ? line : line[..comma]).Trim();
            if (isFirst && !IsNumber(first))
                return;

            _labels.Add(ParseLabel(number, first));
            var features = 0;
            while (comma >= 0)
            {
                line = line[(comma + 1)..];
                comma = line.IndexOf(',');
                _values.Add(ParseFeature(number, features + 2, (comma < 0 ? line : line[..comma]).Trim()));
                features++;
            }

            CheckWidth(number, features);
        }

        public FloatSamples ToSamples() => _labels.Count > 0
            ? new FloatSamples([.. _values], [.. _labels], _features, _labels.Max() + 1)
            : throw DataException.About(file, "it holds no sample", "one sample a line: label, then features", "Check that the file is the one you meant.");

        private static bool IsNumber(ReadOnlySpan<char> field) =>
            double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

        private void CheckWidth(int number, int features)
        {
            if (features == 0)
            {
                throw DataException.About(file, $"line {number} has one field", "a label and at least one feature", "Separate the fields by commas.");
            }

            if (_features >= 0 && features != _features)
            {
                throw DataException.About(
                    file, $"line {number} has {features + 1} fields", $"{_features + 1} as on the lines above", "Repair or remove the line.");
            }

            _features = features;
        }

        private int ParseLabel(int number, ReadOnlySpan<char> field)
        {
            if (double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && value >= 0
                && value < SampleLabels.ClassesMax
                && value == Math.Floor(value))
            {
                return (int)value;
            }

            throw DataException.About(
                file, $"line {number} has the label '{field}'", $"a whole number from 0 to {SampleLabels.ClassesMax - 1}", "The label is the first field.");
        }

        private float ParseFeature(int number, int place, ReadOnlySpan<char> field)
        {
            if (float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && float.IsFinite(value))
                return value;

            throw DataException.About(
                file, $"line {number}, field {place} is '{field}'", "a finite number", "Replace or remove the sample.");
        }
    }
}
