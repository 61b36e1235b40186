using Tessera.Coordination.Experiments;
using Tessera.Host.Configuration;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Sweeps;

/// <summary>What a sweep file asks for: an experiment, what is varied about it, and the seeds that every combination is trained with.</summary>
/// <param name="File">The sweep file.</param>
/// <param name="Base">The experiment before anything is varied.</param>
/// <param name="BaseFile">File that the experiment is written in; its data folder is looked for beside it.</param>
/// <param name="Axes">What is varied; one or more, with different names.</param>
/// <param name="Seeds">Seeds of the runs of a combination; one or more, all different.</param>
internal sealed record SweepPlan(string File, ConfigMap Base, string BaseFile, IReadOnlyList<SweepAxis> Axes, IReadOnlyList<ulong> Seeds)
{
    /// <summary>Name of the sweep: the file's, without folder and extension.</summary>
    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>Every value of every axis with every one of the others; the last axis changes fastest.</summary>
    public IReadOnlyList<SweepCombination> Combinations()
    {
        IEnumerable<IReadOnlyList<SweepValue>> combinations = [[]];
        foreach (SweepAxis axis in Axes)
        {
            combinations = [.. combinations.SelectMany(before => axis.Values, (before, value) => (IReadOnlyList<SweepValue>)[.. before, value])];
        }

        return [.. combinations.Select(values => new SweepCombination(values))];
    }

    /// <summary>The experiments of all combinations with all seeds, combination by combination.</summary>
    /// <param name="dataFolder">Folder that takes the place of the experiment's data, or null.</param>
    /// <exception cref="ConfigurationException">One of them is wrong; all problems of all of them at once.</exception>
    public IReadOnlyList<SweepRun> Runs(string? dataFolder)
    {
        List<SweepRun> runs = [];
        List<ConfigProblem> problems = [];
        foreach (SweepCombination combination in Combinations())
        {
            ConfigProblems found = new(new SourceMark(File));
            ExperimentConfig? config = Load(combination, dataFolder, found);
            problems.AddRange(found.All);
            if (config is null || found.All.Count > 0) { continue; }
            runs.AddRange(Seeds.Select(seed => new SweepRun(combination, config with { Seed = seed })));
        }

        return problems.Count == 0 ? runs : throw new ConfigurationException([.. problems.Distinct()]);
    }

    private ExperimentConfig? Load(SweepCombination combination, string? dataFolder, ConfigProblems problems)
    {
        Dictionary<string, string> chosen = Axes.Zip(combination.Values).ToDictionary(pair => pair.First.Name, pair => pair.Second.Name);
        ConfigMap root = (ConfigMap)SweepText.Copy(Base, text => text);
        foreach (ConfigEntry set in combination.Values.SelectMany(value => value.Sets))
        {
            ConfigNode value = SweepText.Copy(set.Value, text => SweepText.Fill(text, chosen));
            new Override(set.Key, "", set.KeyMark.ToString()).Apply(root, value, problems);
        }

        return ExperimentLoader.Bind(root, new ExperimentSource { File = BaseFile, DataFolder = dataFolder }, problems);
    }
}

/// <summary>One run of a sweep.</summary>
/// <param name="Combination">What is varied.</param>
/// <param name="Config">The experiment with the seed of the run.</param>
internal sealed record SweepRun(SweepCombination Combination, ExperimentConfig Config)
{
    /// <summary>Hash of everything that decides over the bits of the result.</summary>
    public string Configuration { get; } = ConfigurationHash.Compute(Config);

    /// <summary>The run in messages.</summary>
    public override string ToString() => $"{Combination.Key} seed {Config.Seed}";
}
