using System.Globalization;
using Tessera.Coordination.Data;
using Tessera.Host.CommandLine;
using Tessera.Host.Configuration;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Sweeps;

/// <summary>Reads a sweep file and finds everything that is wrong with it at once; the experiments that follow from it are checked afterwards.</summary>
internal sealed class SweepReader
{
    private const int RunsMax = 100_000;
    private const long FileBytesMax = 1 << 20; // larger files are surely not sweeps
    private static readonly string[] Fields = ["experiment", "axes", "seeds"];
    private static readonly string[] ValueFields = ["name", "set"];

    private readonly string _file;
    private readonly ConfigProblems _problems;

    private SweepReader(string file)
    {
        _file = file;
        _problems = new ConfigProblems(new SourceMark(file));
    }

    /// <summary>Reads a sweep file.</summary>
    /// <param name="file">Its path.</param>
    /// <exception cref="ConfigurationException">It is wrong; all problems at once.</exception>
    /// <exception cref="CommandLineException">There is no such file.</exception>
    public static SweepPlan Read(string file) => new SweepReader(file).Read();

    private SweepPlan Read()
    {
        ConfigNode? root = YamlTreeReader.Read(ReadText(_file), _file, _problems);
        _problems.ThrowIfAny();
        if (root is not ConfigMap map)
        {
            _problems.Add(root?.Mark ?? new SourceMark(_file), "", $"saw {root?.Describe() ?? "nothing"}, expected the fields {string.Join(", ", Fields)}. docs/sweeps.md has an example.");
            _problems.ThrowIfAny();
            throw new InvalidOperationException("A problem was reported above.");
        }

        CheckNames(map, "", Fields, "a sweep");
        (ConfigMap? experiment, string baseFile) = ReadExperiment(map);
        IReadOnlyList<SweepAxis> axes = ReadAxes(map);
        IReadOnlyList<ulong> seeds = ReadSeeds(map);
        CheckAxesIn(axes);
        long runs = axes.Aggregate((long)seeds.Count, (product, axis) => Math.Min(product * axis.Values.Count, RunsMax + 1L));
        if (runs > RunsMax) { _problems.Add(map.Mark, "", $"the combinations with all seeds are more than {RunsMax:N0} runs; leave some out."); }
        _problems.ThrowIfAny();
        return new SweepPlan(_file, experiment!, baseFile, axes, seeds);
    }

    private static string ReadText(string file)
    {
        if (Directory.Exists(file)) { throw new CommandLineException($"'{file}' is a folder; expected a sweep file such as examples/learning-rules.yaml."); }
        FileInfo info = new(file);
        if (!info.Exists) { throw new CommandLineException($"There is no sweep file '{file}'. Check the path; examples/learning-rules.yaml is one."); }
        if (info.Length > FileBytesMax) { throw new CommandLineException($"'{file}' has {info.Length:N0} bytes; a sweep file has at most {FileBytesMax:N0}."); }
        return File.ReadAllText(file);
    }

    private void CheckNames(ConfigMap map, string path, string[] known, string owner)
    {
        HashSet<string> seen = [];
        foreach (ConfigEntry entry in map.Entries)
        {
            string field = Join(path, entry.Key);
            if (!seen.Add(entry.Key)) { _problems.Add(entry.KeyMark, field, "is written twice; remove one of the two."); }
            else if (!known.Contains(entry.Key)) { _problems.Add(entry.KeyMark, field, $"unknown field '{entry.Key}' of {owner}.{ConfigNames.Suggest(entry.Key, known)}"); }
        }
    }

    private (ConfigMap? Root, string File) ReadExperiment(ConfigMap map)
    {
        const string Expected = "expected the path of an experiment file, or the fields of an experiment";
        switch (map.Find("experiment")?.Value)
        {
            case ConfigMap inline:
                return (inline, _file);
            case ConfigScalar { IsNothing: false } path:
                string file = Path.Combine(Path.GetDirectoryName(_file) ?? "", path.Text);
                return (ExperimentLoader.ReadTree(file, file, _problems), file);
            case null:
                _problems.Add(map.Mark, "experiment", $"is missing; {Expected}.");
                return (null, _file);
            case ConfigNode other:
                _problems.Add(other.Mark, "experiment", $"saw {other.Describe()}, {Expected}.");
                return (null, _file);
        }
    }

    private List<SweepAxis> ReadAxes(ConfigMap map)
    {
        const string Expected = "expected at least one axis with its values, for instance 'device: [ReRamSB, EcRam]'";
        ConfigEntry? entry = map.Find("axes");
        if (entry?.Value is not ConfigMap { Entries.Count: > 0 } axes)
        {
            _problems.Add(entry?.Value.Mark ?? map.Mark, "axes", entry is null ? $"is missing; {Expected}." : $"saw {entry.Value.Describe()}, {Expected}.");
            return [];
        }

        CheckNames(axes, "axes", [.. axes.Entries.Select(axis => axis.Key)], "a sweep");
        List<SweepAxis> read = [];
        foreach (ConfigEntry axis in axes.Entries)
        {
            string path = $"axes.{axis.Key}";
            CheckName(axis.Key, axis.KeyMark, path);
            read.Add(new SweepAxis(axis.Key, ReadValues(axis.Value, path)));
        }

        return read;
    }

    private List<SweepValue> ReadValues(ConfigNode node, string path)
    {
        if (node is not ConfigSequence { Items.Count: > 0 } items)
        {
            _problems.Add(node.Mark, path, $"saw {node.Describe()}, expected a list of values, each a name or {{name: ..., set: {{field: value}}}}.");
            return [];
        }

        List<SweepValue> values = [];
        for (int index = 0; index < items.Items.Count; index++)
        {
            SweepValue? value = ReadValue(items.Items[index], $"{path}.{index}");
            if (value is null) { continue; }
            if (values.Exists(other => other.Name == value.Name))
            {
                _problems.Add(items.Items[index].Mark, $"{path}.{index}", $"another value has the name '{value.Name}'; names tell values apart.");
            }

            values.Add(value);
        }

        return values;
    }

    private SweepValue? ReadValue(ConfigNode node, string path)
    {
        if (node is ConfigScalar { IsNothing: false } alone)
        {
            CheckName(alone.Text, alone.Mark, path);
            return new SweepValue(alone.Text, []);
        }

        if (node is not ConfigMap map)
        {
            _problems.Add(node.Mark, path, $"saw {node.Describe()}, expected a name or {{name: ..., set: {{field: value}}}}.");
            return null;
        }

        CheckNames(map, path, ValueFields, "a value of an axis");
        if (map.Find("name")?.Value is not ConfigScalar { IsNothing: false } name)
        {
            _problems.Add(map.Mark, $"{path}.name", "is missing; write 'name:' with a word.");
            return null;
        }

        CheckName(name.Text, name.Mark, $"{path}.name");
        return new SweepValue(name.Text, ReadSets(map.Find("set")?.Value, $"{path}.set"));
    }

    private List<ConfigEntry> ReadSets(ConfigNode? node, string path)
    {
        if (node is null) { return []; }
        if (node is not ConfigMap map)
        {
            _problems.Add(node.Mark, path, $"saw {node.Describe()}, expected fields of the experiment by their dotted paths, for instance {{training.epochs: 5}}.");
            return [];
        }

        CheckNames(map, path, [.. map.Entries.Select(entry => entry.Key)], "an experiment");
        foreach (ConfigEntry entry in map.Entries)
        {
            if (entry.Key == "seed") { _problems.Add(entry.KeyMark, $"{path}.seed", "seeds are not set by an axis; list them under 'seeds:'."); }
            else if (entry.Key.Split('.').Any(string.IsNullOrWhiteSpace)) { _problems.Add(entry.KeyMark, path, $"saw '{entry.Key}', expected a dotted field such as training.epochs."); }
        }

        return map.Entries;
    }

    private IReadOnlyList<ulong> ReadSeeds(ConfigMap map)
    {
        const string Expected = "expected a list of seeds such as [1, 2, 3], or a range such as 1..5";
        switch (map.Find("seeds")?.Value)
        {
            case ConfigSequence { Items.Count: > 0 } items:
                HashSet<ulong> seen = [];
                return [.. items.Items.Select((item, index) => ReadSeed(item, index, seen))];
            case ConfigScalar { IsNothing: false } text when SampleRange.TryParse(text.Text, out SampleRange range) && range.Count <= RunsMax:
                return [.. Enumerable.Range(range.First, range.Count).Select(seed => (ulong)seed)];
            case null:
                _problems.Add(map.Mark, "seeds", $"is missing; {Expected}.");
                return [];
            case ConfigNode other:
                _problems.Add(other.Mark, "seeds", $"saw {other.Describe()}, {Expected}.");
                return [];
        }
    }

    private ulong ReadSeed(ConfigNode item, int index, HashSet<ulong> seen)
    {
        if (item is not ConfigScalar scalar || !ulong.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
        {
            _problems.Add(item.Mark, $"seeds.{index}", $"saw {item.Describe()}, expected a whole number from 0 to {ulong.MaxValue}.");
            return 0;
        }

        if (!seen.Add(seed)) { _problems.Add(item.Mark, $"seeds.{index}", $"saw the seed {seed} again; a seed gives the same run every time."); }
        return seed;
    }

    private void CheckName(string name, SourceMark mark, string path)
    {
        if (!SweepText.IsName(name)) { _problems.Add(mark, path, $"saw '{name}' as a name, expected up to 64 letters, digits and . _ - beginning with a letter or digit."); }
    }

    private void CheckAxesIn(IReadOnlyList<SweepAxis> axes)
    {
        List<string> names = [.. axes.Select(axis => axis.Name)];
        foreach (ConfigEntry set in axes.SelectMany(axis => axis.Values).SelectMany(value => value.Sets))
        {
            foreach ((string axis, SourceMark mark) in SweepText.AxesIn(set.Value).Where(found => !names.Contains(found.Axis)))
            {
                _problems.Add(mark, set.Key, $"saw <{axis}>, but no axis has that name.{ConfigNames.Suggest(axis, names)}");
            }
        }
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
