using System.Globalization;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Runs;

/// <summary>The folder of one run: resolved experiment, metrics and final state. A folder belongs to one run for ever.</summary>
internal sealed class RunFolder
{
    private const string StateName = "state";
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

    /// <summary>Folder of the final state.</summary>
    public string State => Path.Combine(Root, StateName);

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

    /// <summary>Folder of the final state of a run that exists.</summary>
    /// <exception cref="CommandLineException">There is no such run.</exception>
    public static string StateOf(string run)
    {
        if (!Directory.Exists(run)) { throw new CommandLineException($"There is no run folder '{run}'. 'tessera train' prints the folder of its run in its last lines."); }
        string state = Path.Combine(run, StateName);
        return Directory.Exists(state)
            ? state
            : throw new CommandLineException($"'{run}' holds no '{StateName}' folder: it is not a run, or the run did not finish. Give the folder of a finished run.");
    }

    private static RunFolder CreateAt(string path)
    {
        if (File.Exists(path)) { throw new CommandLineException($"--run-dir '{path}' is a file; expected a folder that is new or empty."); }
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new CommandLineException($"--run-dir '{path}' is not empty; a folder belongs to one run. Choose another, or delete it.");
        }

        Directory.CreateDirectory(path);
        return new RunFolder(path);
    }
}
