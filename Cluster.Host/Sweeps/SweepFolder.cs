using System.Text;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Sweeps;

/// <summary>
/// The folder of a sweep: results.jsonl with one line for every finished run, results.csv with the same for other programs, and the folder of the run in
/// progress below runs/. Whatever ends the process, the whole lines stay and a torn one is dropped. One process at a time works in a folder.
/// </summary>
internal sealed class SweepFolder : IDisposable
{
    private readonly FileStream _json; // held for itself alone, which keeps other processes out
    private readonly Dictionary<(string Combination, ulong Seed), SweepResult> _results = [];

    private SweepFolder(string root, FileStream json)
    {
        Root = root;
        _json = json;
    }

    /// <summary>Path of the folder.</summary>
    public string Root { get; }

    private string JsonLines => PathOfJson(Root);

    private string Csv => Path.Combine(Root, "results.csv");

    /// <summary>Opens the folder of a sweep, new or from before.</summary>
    /// <param name="root">Its path.</param>
    /// <exception cref="CommandLineException">It is something else, another process works in it, or a line cannot be read.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static SweepFolder Open(string root)
    {
        if (File.Exists(root)) { throw new CommandLineException($"--run-dir '{root}' is a file; expected a folder that is new, empty, or that of a sweep."); }
        if (Directory.Exists(root) && !File.Exists(PathOfJson(root)) && Directory.EnumerateFileSystemEntries(root).Any())
        {
            throw new CommandLineException($"--run-dir '{root}' is not empty and holds no results.jsonl: it is not the folder of a sweep. Choose another.");
        }

        Directory.CreateDirectory(root);
        SweepFolder folder = new(root, Take(PathOfJson(root)));
        try
        {
            folder.ReadResults();
            return folder;
        }
        catch (Exception)
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Where a run is trained.</summary>
    public string PathOf(SweepRun run) => Path.Combine(Root, "runs", $"{run.Combination.Key.Replace(SweepCombination.Separator, '+')}+{run.Config.Seed}");

    /// <summary>The result of a run, or null where it has not finished.</summary>
    /// <exception cref="CommandLineException">There is one, but of another experiment.</exception>
    public SweepResult? Find(SweepRun run)
    {
        SweepResult? found = _results.GetValueOrDefault((run.Combination.Key, run.Config.Seed));
        return found is null || found.Configuration == run.Configuration
            ? found
            : throw new CommandLineException(
                $"'{Root}' holds a result of {run} with configuration {found.Configuration[..Math.Min(12, found.Configuration.Length)]}; the sweep asks "
                + $"for {run.Configuration[..12]}: the file was changed since, or it is another one. Choose another --run-dir, or delete this one.");
    }

    /// <summary>Records a finished run; when this returns the line is on the disk.</summary>
    public void Append(SweepResult result)
    {
        _json.Write(Encoding.UTF8.GetBytes(result.ToJson() + "\n"));
        _json.Flush(flushToDisk: true);
        Keep(result);
        File.AppendAllText(Csv, result.ToCsv() + "\n");
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private void Keep(SweepResult result) => _results[(result.Combination, result.Seed)] = result;

    private static string PathOfJson(string root) => Path.Combine(root, "results.jsonl");

    private static FileStream Take(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw new CommandLineException($"'{path}' cannot be opened: {error.Message} If another process works on this sweep, wait until it ends, or choose another --run-dir.");
        }
    }

    /// <summary>Reads the whole lines, cuts off a torn one, and writes the CSV anew, which may lack a line.</summary>
    private void ReadResults()
    {
        byte[] bytes = new byte[_json.Length];
        _json.ReadExactly(bytes);
        int whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        string[] lines = Encoding.UTF8.GetString(bytes, 0, whole).Split('\n')[..^1];
        for (int index = 0; index < lines.Length; index++)
        {
            Keep(SweepResult.FromJson(lines[index]) ?? throw new CommandLineException(
                $"{JsonLines}:{index + 1}: is no result of a run. Remove the line, and its run is trained again."));
        }

        _json.SetLength(whole);
        _json.Position = whole;
        string partial = Csv + ".partial";
        File.WriteAllLines(partial, _results.Values.Select(result => result.ToCsv()).Prepend(SweepResult.CsvHeader));
        File.Move(partial, Csv, overwrite: true);
    }
}
