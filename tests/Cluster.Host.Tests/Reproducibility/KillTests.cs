using System.Diagnostics;
using System.Globalization;
using Tessera.Host.Tests.CommandLine;
using Xunit.Abstractions;

namespace Tessera.Host.Tests.Reproducibility;

/// <summary>
/// Kill the process at any moment, resume it, and do so again and again: the trained network is the same to the bit, and so are the metrics. A moment is
/// random, or in the middle of a write, or between the first blob of a checkpoint and the manifest that names it.
/// </summary>
public sealed class KillTests(ITestOutputHelper log)
{
    private const int DelayMax = 25; // milliseconds after the line that is waited for
    private const int EpochsMax = 4; // that a life is watched before it ends

    [Theory]
    [InlineData("ConstantStepDevice", 1)]
    [InlineData("ConstantStepDevice", 2)]
    [InlineData("SoftBoundsDevice", 1)]
    [InlineData("SoftBoundsDevice", 2)]
    public void Twenty_kills_change_no_bit(string device, int threads) => Run(device, threads, kills: 20, epochs: 500);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("ConstantStepDevice", 1)]
    [InlineData("ConstantStepDevice", 2)]
    [InlineData("SoftBoundsDevice", 1)]
    [InlineData("SoftBoundsDevice", 2)]
    public void Two_hundred_kills_change_no_bit(string device, int threads) => Run(device, threads, kills: 200, epochs: 4000);

    private void Run(string device, int threads, int kills, int epochs)
    {
        var seed = Environment.TickCount;
        using TemporaryFolder folder = new();
        CsvExperiment.WriteSamples(folder.Root);
        var experiment = CsvExperiment.Write(folder.Root, device, epochs, everySteps: 2);
        var whole = TesseraProcess.Run(
            new Dictionary<string, string>(), "train", experiment, "--set", "checkpoint.every_steps=0", "--run-dir", folder.PathOf("whole"));
        Assert.True(whole.ExitCode == 0, whole.Output + whole.Error);

        var run = folder.PathOf("run");
        KillTally tally = new(run);
        Random random = new(seed);
        string[] train = ["train", experiment, "--threads", Text(threads), "--run-dir", run];
        string[] resume = ["resume", run, "--threads", Text(threads)];
        for (var kill = 0; kill < kills; kill++)
        {
            using var life = LiveProcess.Start(Directory.Exists(run) ? resume : train);
            AwaitMoment(life, random, tally, kill % 4);
            Assert.True(life.Kill(), $"seed {seed}: the run ended before kill {kill + 1} of {kills}; {tally}\n{life.AwaitEnd()}");
            tally.Count();
            if (!File.Exists(Path.Combine(run, "experiment.yaml")) && Directory.Exists(run))
            {
                Directory.Delete(run, recursive: true); // ended before it began, as resume would say: it is started again
            }
        }

        log.WriteLine($"{device}, {threads} threads, seed {seed}: {tally}");
        var end = TesseraProcess.Run(new Dictionary<string, string>(), resume);
        Assert.True(end.ExitCode == 0, $"seed {seed}: {end.Output}{end.Error}");
        Assert.True(whole.Value("hash") == end.Value("hash"), $"seed {seed}: {tally}: hash {end.Value("hash")}, without kills {whole.Value("hash")}");
        Assert.Equal(Metrics(folder.PathOf("whole")), Metrics(run));
        Assert.True(tally.DuringWrite > 0, $"seed {seed}: no kill hit a write: {tally}");
    }

    /// <summary>Lets a process live: some after it has started, others until they have trained a random while, until they write, or between blobs and manifest.</summary>
    private static void AwaitMoment(LiveProcess life, Random random, KillTally tally, int kind)
    {
        if (kind == 0 && tally.Kills > 0)
        {
            Spend(life, random.Next(400), () => false); // somewhere between the start of the runtime and the first steps
            return;
        }

        life.AwaitLines("epoch", 1 + random.Next(EpochsMax));
        Spend(life, random.Next(DelayMax), () => false);
        switch (kind)
        {
            case 1:
                Spend(life, 2000, tally.IsWriting);
                break;
            case 2:
                Spend(life, 2000, tally.IsBetween);
                break;
        }
    }

    /// <summary>Passes time without giving up the processor, so that a moment that lasts less than a slice of the scheduler can be met.</summary>
    private static void Spend(LiveProcess life, int milliseconds, Func<bool> isReached)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < milliseconds && !life.HasEnded && !isReached())
        {
            Thread.Yield();
        }
    }

    /// <summary>Epoch, step, loss, accuracy and learning rate of every epoch; times differ from run to run.</summary>
    private static string[] Metrics(string run) =>
        [.. File.ReadAllLines(Path.Combine(run, "metrics.csv")).Select(line => string.Join(',', line.Split(',').Take(5)))];

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
