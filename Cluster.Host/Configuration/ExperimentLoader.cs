using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Host.CommandLine;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Configuration;

/// <summary>Makes an experiment out of a file and the command line: read, override, bind, resolve the data, validate.</summary>
internal static class ExperimentLoader
{
    /// <summary>Larger files are surely not experiments.</summary>
    private const long FileBytesMax = 1 << 20;

    /// <summary>Loads an experiment.</summary>
    /// <exception cref="ConfigurationException">It is wrong; all problems at once.</exception>
    /// <exception cref="CommandLineException">There is no such file.</exception>
    /// <exception cref="DataException">The data folder does not exist or holds no known file.</exception>
    public static ExperimentConfig Load(ExperimentSource source)
    {
        string origin = source.File ?? "built-in experiment";
        ConfigProblems problems = new(new SourceMark(origin));
        ConfigMap root = ReadTree(source.File, origin, problems);
        ExperimentConfig? config = Bind(root, source, problems);
        problems.ThrowIfAny();
        return config!;
    }

    /// <summary>Makes an experiment out of a tree and the command line.</summary>
    /// <param name="root">The tree, which the command line's values are written into.</param>
    /// <param name="source">The command line, and the file beside which a data folder is looked for.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <returns>The experiment; incomplete or null where there are problems.</returns>
    /// <exception cref="DataException">The data folder does not exist or holds no known file.</exception>
    public static ExperimentConfig? Bind(ConfigMap root, ExperimentSource source, ConfigProblems problems)
    {
        ApplyOverrides(root, source, problems);
        ExperimentConfig? config = new ConfigBinder(ConfigTypeRegistry.Physics, problems).Bind<ExperimentConfig>(root);
        if (config is not null)
        {
            config = config with { Data = ResolveData(config.Data, source.File) };
            ExperimentValidator.Validate(config, problems);
        }

        return config;
    }

    /// <summary>The experiment as YAML with all defaults written.</summary>
    public static string ToYaml(ExperimentConfig config) =>
        ConfigYaml.Write(ConfigTree.From(config, ConfigTypeRegistry.Physics, new SourceMark("resolved")));

    /// <summary>Reads an experiment file, or the built-in experiment, without giving its fields a meaning.</summary>
    /// <param name="file">The file; null is the built-in experiment.</param>
    /// <param name="origin">What messages call it.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <exception cref="ConfigurationException">It is no map of fields.</exception>
    /// <exception cref="CommandLineException">There is no such file.</exception>
    public static ConfigMap ReadTree(string? file, string origin, ConfigProblems problems)
    {
        if (file is null) { return ConfigTree.From(new ExperimentConfig(), ConfigTypeRegistry.Physics, new SourceMark(origin)); }
        ConfigNode? root = YamlTreeReader.Read(ReadText(file), origin, problems);
        problems.ThrowIfAny();
        switch (root)
        {
            case ConfigMap map:
                return map;
            case null or ConfigScalar { IsNothing: true }:
                problems.Add(new SourceMark(origin), "", "is empty; expected an experiment. Start from a file in examples/.");
                break;
            default:
                problems.Add(root.Mark, "", $"saw {root.Describe()}, expected the fields of an experiment: {FieldNames()}.");
                break;
        }

        problems.ThrowIfAny();
        throw new InvalidOperationException("A problem was reported above.");
    }

    private static string FieldNames() => string.Join(", ", ConfigSchema.FieldsOf(typeof(ExperimentConfig)).Select(field => field.Name));

    private static string ReadText(string file)
    {
        if (Directory.Exists(file)) { throw new CommandLineException($"'{file}' is a folder; expected an experiment file such as examples/mnist-mlp.yaml. To give data, use --data {file}."); }
        FileInfo info = new(file);
        if (!info.Exists) { throw new CommandLineException($"There is no experiment file '{file}'.{NearestFile(file)}"); }
        if (info.Length > FileBytesMax) { throw new CommandLineException($"'{file}' has {info.Length:N0} bytes; an experiment file has at most {FileBytesMax:N0}. To give data, use --data FOLDER."); }
        return File.ReadAllText(file);
    }

    private static string NearestFile(string file)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? ".";
        if (!Directory.Exists(folder)) { return $" The folder '{folder}' does not exist either; check the path."; }
        string? nearest = ConfigNames.Nearest(Path.GetFileName(file), Directory.EnumerateFiles(folder, "*.y*ml").Select(path => Path.GetFileName(path)));
        return nearest is null ? " Check the path, or leave it out to run the built-in digits experiment." : $" Did you mean '{nearest}'?";
    }

    private static void ApplyOverrides(ConfigMap root, ExperimentSource source, ConfigProblems problems)
    {
        foreach (string text in source.Sets) { Override.Parse(text, problems)?.Apply(root, problems); }
        if (source.Seed is not null) { new Override("seed", source.Seed, "--seed").Apply(root, problems); }
        if (source.MicroBatch is not null) { new Override("training.micro_batch_size", source.MicroBatch, "--micro-batch").Apply(root, problems); }
        if (source.DataFolder is not null)
        {
            string folder = Path.GetFullPath(source.DataFolder);
            if (File.Exists(folder)) { throw new DataException($"Data folder '{source.DataFolder}' is a file; expected the folder that holds the data files. Give its parent folder."); }
            new Override("data.source", DataLoader.DetectSource(folder).ToString(), "--data").Apply(root, problems);
            ConfigScalar path = new(new SourceMark("--data"), folder, IsQuoted: true);
            (root.Find("data")?.Value as ConfigMap)?.Set("folder", path);
        }
    }

    /// <summary>Ranges for files take effect or disappear, and a folder beside the experiment file becomes an absolute path.</summary>
    private static DataConfig ResolveData(DataConfig data, string? file)
    {
        if (data.Source == DataSource.Digits) { return data with { Files = null }; }
        string beside = Path.GetDirectoryName(Path.GetFullPath(file ?? "."))!;
        return data with
        {
            Folder = data.Folder is null ? null : Path.GetFullPath(data.Folder, file is null ? Directory.GetCurrentDirectory() : beside),
            Train = data.Train ?? data.Files?.Train,
            Test = data.Test ?? data.Files?.Test,
            Files = null,
        };
    }
}
