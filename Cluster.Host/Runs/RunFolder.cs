using System.Globalization;
using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Runs;

/// <summary>The folder of one run: resolved experiment, metrics and state. A folder belongs to one run for ever.</summary>
internal sealed class RunFolder
{
    private const int RunsMax = 100_000;

    private RunFolder(string path) => Root = path;

    /// <summary>Path of the folder, as short as the user gave it.</summary>
    public string Root { get; }

    /// <summary>The experiment with all defaults written.</summary>
    public string Experiment => Path.Combine(Root, "experiment.yaml");

    /// <summary>One line per epoch, with a header.</summary>
    public string MetricsCsv => Path.Combine(Root, "metrics.csv");

    /// <summary>One JSON object per epoch.</summary>
    public string MetricsJsonLines => Path.Combine(Root, "metrics.jsonl");

    /// <summary>How long the run is and how it ended, as far as it has.</summary>
    public string Outcome => Path.Combine(Root, "outcome.json");

    /// <summary>Where the private server of a cluster lives while there is one, and after whoever started it was killed.</summary>
    public string Server => Path.Combine(Root, "server");

    /// <summary>Checkpoints and the final state.</summary>
    public string State => Path.Combine(Root, SqliteRunStore.FileName);

    /// <summary>Creates the folder of a new run.</summary>
    /// <param name="wanted">Folder that the user chose, or null for runs/name-seed-n with the first n that is free.</param>
    /// <param name="experiment">Name of the experiment.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <exception cref="CommandLineException">The folder is taken.</exception>
    /// <exception cref="IOException">It cannot be created.</exception>
    public static RunFolder Create(string? wanted, string experiment, ulong seed)
    {
        if (wanted is not null) { return CreateAt(wanted); }
        for (int number = 1; number <= RunsMax; number++)
        {
            string path = Path.Combine("runs", string.Create(CultureInfo.InvariantCulture, $"{experiment}-{seed}-{number}"));
            if (!Path.Exists(path)) { return CreateAt(path); }
        }

        throw new CommandLineException($"runs/{experiment}-{seed}-1 to -{RunsMax} all exist; delete some, or choose a folder with --run-dir.");
    }

    /// <summary>As <see cref="Create"/>, but a chosen folder may hold a run already, to go on with it.</summary>
    /// <exception cref="CommandLineException">The folder is taken by something else.</exception>
    /// <exception cref="IOException">It cannot be created.</exception>
    public static RunFolder CreateOrGoOn(string? wanted, string experiment, ulong seed) =>
        wanted is not null && new RunFolder(wanted) is { IsRun: true } run ? run : Create(wanted, experiment, seed);

    /// <summary>The folder where a coordinator of a cluster writes metrics, new or from before: the state is elsewhere.</summary>
    /// <exception cref="CommandLineException">It is a file.</exception>
    /// <exception cref="IOException">It cannot be created.</exception>
    public static RunFolder InCluster(string path)
    {
        if (File.Exists(path)) { throw new CommandLineException($"--run-dir '{path}' is a file; expected a folder."); }
        Directory.CreateDirectory(path);
        return new RunFolder(path);
    }

    /// <summary>The folder of a run that exists.</summary>
    /// <exception cref="CommandLineException">There is no such run.</exception>
    public static RunFolder Of(string run)
    {
        if (File.Exists(run)) { throw new CommandLineException($"'{run}' is a file; expected the folder of a run, for instance runs/mnist-mlp-1-1."); }
        if (!Directory.Exists(run)) { throw new CommandLineException($"There is no run folder '{run}'. 'tessera train' prints the folder of its run; 'tessera runs' lists them."); }
        RunFolder folder = new(run);
        return folder.IsRun
            ? folder
            : throw new CommandLineException($"'{run}' holds no {SqliteRunStore.FileName}: it is not the folder of a run. 'tessera runs' lists runs.");
    }

    /// <summary>Checks that the experiment is there.</summary>
    /// <exception cref="CommandLineException">It is not.</exception>
    public void RequireExperiment()
    {
        if (File.Exists(Experiment)) { return; }
        throw new CommandLineException(HasMetrics || File.Exists(State)
            ? $"'{Root}' lacks experiment.yaml, without which nobody knows how to go on. Restore it from a backup: it must be the very experiment that was trained."
            : $"'{Root}' lacks experiment.yaml: the run was ended before it began, and nothing is lost. Delete the folder and start it again with 'tessera train'.");
    }

    /// <summary>All runs directly below a folder, by name; the folder itself where it is one.</summary>
    public static IReadOnlyList<RunFolder> In(string folder) =>
        new RunFolder(folder) is { IsRun: true } itself
            ? [itself]
            : [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Select(path => new RunFolder(path)).Where(run => run.IsRun)];

    /// <summary>Whether training ever began: before it does, there is nothing that could be lost.</summary>
    public bool HasMetrics => File.Exists(MetricsCsv);

    /// <summary>The error for a state that is missing though training had begun.</summary>
    public CheckpointException StateLost(StoreException cause) => new(
        $"'{Root}' was trained, as metrics.csv says, but its {SqliteRunStore.FileName} is missing or empty: the state is lost. Restore it from a backup, or train the "
        + $"experiment again with 'tessera train {Experiment}'.",
        cause);

    private bool IsRun => File.Exists(State) || File.Exists(Path.Combine(Root, RunLock.FileName));

    /// <summary>Writes the experiment: whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void WriteExperiment(string yaml)
    {
        string partial = Experiment + ".partial";
        File.WriteAllText(partial, yaml);
        File.Move(partial, Experiment, overwrite: true);
    }

    private static RunFolder CreateAt(string path)
    {
        if (File.Exists(path)) { throw new CommandLineException($"--run-dir '{path}' is a file; expected a folder that is new or empty."); }
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            string advice = new RunFolder(path).IsRun ? $"To go on with the run in it, use 'tessera resume {path}'." : "Choose another, or delete it.";
            throw new CommandLineException($"--run-dir '{path}' is not empty; a folder belongs to one run. {advice}");
        }

        Directory.CreateDirectory(path);
        return new RunFolder(path);
    }
}
