using System.Globalization;
using MathNet.Numerics.Statistics;
using Tessera.Coordination.Data;
using Tessera.Coordination.Training;
using Tessera.Host.CommandLine;
using Tessera.Host.Runs;

namespace Tessera.Host.Sweeps;

/// <summary>Trains the runs of a sweep one after the other, each as <c>tessera train</c> would, and records every one that finishes.</summary>
/// <param name="console">Where a line for every run goes.</param>
/// <param name="isJson">Whether the line is JSON.</param>
/// <param name="folder">The sweep's folder.</param>
/// <param name="data">The runs' samples.</param>
/// <param name="threads">Threads of a run.</param>
internal sealed class SweepRunner(CliConsole console, bool isJson, SweepFolder folder, SweepData data, int threads)
{
    private readonly List<string> _failed = [];

    /// <summary>Keys of the combinations of runs that failed, one for each. They have no result, and are tried again when the sweep is started again.</summary>
    public IReadOnlyList<string> Failed => _failed;

    /// <summary>Trains what has not finished yet.</summary>
    /// <param name="runs">All runs.</param>
    /// <returns>Whether all of them were tried; false where the user asked to stop.</returns>
    /// <exception cref="CommandLineException">The folder holds results of another sweep.</exception>
    public bool Run(IReadOnlyList<SweepRun> runs)
    {
        List<SweepRun> left = [.. runs.Where(run => folder.Find(run) is null)];
        if (!isJson && left.Count < runs.Count) { console.Out.WriteLine($"{runs.Count - left.Count} of {runs.Count} runs are done already"); }
        foreach (SweepRun finished in runs.Except(left)) { Remove(folder.PathOf(finished)); } // a process may have been killed before it did
        int number = runs.Count - left.Count;
        foreach (SweepRun run in left)
        {
            number++;
            try
            {
                SweepResult? result = Train(run);
                if (result is null) { return false; }
                folder.Append(result);
                Remove(folder.PathOf(run));
                console.Out.WriteLine(isJson ? result.ToJson() : Line(number, runs.Count, result));
            }
            catch (TrainingException error)
            {
                _failed.Add(run.Combination.Key);
                console.Error.WriteLine($"tessera: {run} failed: {error.Message}");
            }
        }

        return true;
    }

    /// <summary>Trains one run, from its checkpoint where an earlier process left one; null where the user asked to stop.</summary>
    private SweepResult? Train(SweepRun run)
    {
        string path = folder.PathOf(run);
        bool isBegun = Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any();
        RunFolder place = RunFolder.CreateOrGoOn(path, run.Combination.Key, run.Config.Seed);
        DataPair samples = data.Of(run.Config);
        TrainingSession session = new(new QuietDisplay(console.Error), place, run.Config, samples, new RunOptions { Threads = threads });
        int code = isBegun ? session.Resume() : session.Begin();
        if (code != ExitCode.Done) { return null; }
        RunOutcome outcome = RunOutcome.Read(place) ?? throw new IOException($"'{place.Outcome}' cannot be read back.");
        IReadOnlyList<EpochReport> epochs = MetricsWriter.Read(place, long.MaxValue);
        return new SweepResult(
            run.Combination.Key, run.Config.Seed, outcome.TestAccuracy!.Value, epochs[^1].TrainLoss, SecondsPerEpoch(epochs, samples.Train.Count), outcome.Hash!, run.Configuration);
    }

    /// <summary>From the median speed: an epoch that was resumed in its middle says how fast it was, but not how long it would have taken.</summary>
    private static double SecondsPerEpoch(IReadOnlyList<EpochReport> epochs, int samples)
    {
        double[] speeds = [.. epochs.Select(epoch => epoch.SamplesPerSecond).Where(speed => speed > 0)];
        return speeds.Length == 0 ? 0 : samples / speeds.Median();
    }

    private static string Line(int number, int count, SweepResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{number}/{count}  {result.Combination}  seed {result.Seed}  accuracy {100 * result.Accuracy:F2} %  loss {result.FinalLoss:F4}  "
        + $"{result.SecondsPerEpoch:F2} s/epoch  hash {result.Hash[..12]}");

    private static void Remove(string path)
    {
        if (Directory.Exists(path)) { Directory.Delete(path, recursive: true); }
    }
}
