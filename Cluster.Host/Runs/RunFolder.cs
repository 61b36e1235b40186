using System.Globalization;
using Tessera.Actors.Stores;
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

    /// <summary>How the run ended, as far as it has; absent while it runs and after it was killed.</summary>
    public string Outcome => Path.Combine(Root, "outcome.json");

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

    /// <summary>The folder of a run that exists.</summary>
    /// <exception cref="CommandLineException">There is no such run.</exception>
    public static RunFolder Of(string run)
    {
        if (File.Exists(run)) { throw new CommandLineException($"'{run}' is a file; expected the folder of a run, for instance {Path.GetDirectoryName(run)}."); }
        if (!Directory.Exists(run)) { throw new CommandLineException($"There is no run folder '{run}'. 'tessera train' prints the folder of its run; 'tessera runs' lists them."); }
        RunFolder folder = new(run);
        return folder.IsRun
            ? folder
            : throw new CommandLineException($"'{run}' holds no {SqliteRunStore.FileName}: it is not the folder of a run. 'tessera runs' lists runs.");
    }

    /// <summary>All runs directly below a folder, by name.</summary>
    public static IReadOnlyList<RunFolder> In(string folder) =>
        [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Select(path => new RunFolder(path)).Where(run => run.IsRun)];

    private bool IsRun => File.Exists(State);

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
