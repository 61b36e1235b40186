using System.Diagnostics;
using System.Globalization;
using Tessera.Host.Faults;
using Tessera.Host.Tests.CommandLine;
using Xunit.Abstractions;

namespace Tessera.Host.Tests.Reproducibility;

/// <summary>
/// Kill the process at any moment, resume it, and do so again and again: the trained network is the same to the bit, and so are the metrics. A moment is
/// random, or in the middle of a write, or between the first blob of a checkpoint and the manifest that names it.
/// </summary>
public sealed class KillTests(ITestOutputHelper log)
{
    private const int StartMax = 500; // milliseconds after the start of the process
    private const int DelayMax = 40; // milliseconds after training goes on
    private const int PollMax = 2_000; // milliseconds in which something must be written

    [Theory]
    [InlineData("ConstantStepDevice", 1)]
    [InlineData("ConstantStepDevice", 2)]
    [InlineData("SoftBoundsDevice", 1)]
    [InlineData("SoftBoundsDevice", 2)]
    [InlineData("ReRamESPresetDevice", 2)]
    [InlineData("HiddenStepDevice", 1)]
    [InlineData("AGAD", 2)]
    [InlineData("MixedPrecision", 1)]
    public void Twenty_kills_change_no_bit(string device, int threads) => Run(device, threads, kills: 20, epochs: 300);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("SoftBoundsReferenceDevice", 1)]
    [InlineData("ExpStepDevice", 2)]
    [InlineData("PowStepDevice", 1)]
    [InlineData("PowStepReferenceDevice", 2)]
    [InlineData("PiecewiseStepDevice", 1)]
    [InlineData("TikiTaka", 2)]
    [InlineData("OneSided", 1)]
    [InlineData("HalfAGAD", 2)]
    public void Twenty_kills_of_the_other_families_change_no_bit(string device, int threads) => Run(device, threads, kills: 20, epochs: 300);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("ConstantStepDevice", 1)]
    [InlineData("ConstantStepDevice", 2)]
    [InlineData("SoftBoundsDevice", 1)]
    [InlineData("SoftBoundsDevice", 2)]
    public void Two_hundred_kills_change_no_bit(string device, int threads) => Run(device, threads, kills: 200, epochs: 3000);

    private void Run(string device, int threads, int kills, int epochs)
    {
        var seed = Environment.TickCount;
        using TemporaryFolder folder = new();
        SmallExperiment.WriteSamples(folder.Root);
        var experiment = SmallExperiment.Write(folder.Root, device, epochs, everySteps: 2);
        var whole = TesseraCommand.Run(
            new Dictionary<string, string>(), "train", experiment, "--set", "checkpoint.every_steps=0", "--run-dir", folder.PathOf("whole"));
        Assert.True(whole.ExitCode == 0, whole.Output + whole.Error);

        var run = folder.PathOf("run");
        KillTally tally = new(run);
        Random random = new(seed);
        var finished = 0;
        string[] train = ["train", experiment, "--threads", Text(threads), "--run-dir", run];
        string[] resume = ["resume", run, "--threads", Text(threads)];
        while (tally.Kills < kills || (tally.DuringWrite == 0 && tally.Kills < 4 * kills)) // until one has hit a write, which few may on a busy machine
        {
            using var life = LiveProcess.StartQuickly(Directory.Exists(run) ? resume : train);
            AwaitMoment(life, random, tally, wantsWrite: tally.Kills >= kills);
            if (!life.Kill())
            {
                var ended = life.AwaitEnd(); // this machine was quicker than the test: the next run takes the kills that are left
                Assert.True(ended.ExitCode == 0, $"seed {seed}, {tally}: {ended.Output}{ended.Error}");
                Assert.Equal(whole.Value("hash"), ended.Value("hash"));
                Directory.Delete(run, recursive: true);
                Assert.InRange(++finished, 1, kills);
                continue;
            }

            tally.Count();
            if (!File.Exists(Path.Combine(run, "experiment.yaml")) && Directory.Exists(run))
            {
                Directory.Delete(run, recursive: true); // ended before it began, as resume would say: it is started again
            }
        }

        log.WriteLine($"{device}, {threads} threads, seed {seed}: {tally}; finished {finished} times in between");
        var end = TesseraCommand.Run(new Dictionary<string, string>(), Directory.Exists(run) ? resume : train);
        Assert.True(end.ExitCode == 0, $"seed {seed}: {end.Output}{end.Error}");
        Assert.True(whole.Value("hash") == end.Value("hash"), $"seed {seed}: {tally}: hash {end.Value("hash")}, without kills {whole.Value("hash")}");
        Assert.Equal(Metrics(folder.PathOf("whole")), Metrics(run));
        Assert.True(tally.DuringWrite > 0, $"seed {seed}: no kill hit a write: {tally}");
    }

    /// <summary>Lets a process live: a random while, which may end before training begins; until it writes; or until it is between blobs and manifest.</summary>
    private static void AwaitMoment(LiveProcess life, Random random, KillTally tally, bool wantsWrite)
    {
        var kind = wantsWrite ? 2 : random.Next(tally.BeforeState == tally.Kills ? 1 : 0, 4); // once something was stored, also lives that end before training
        if (kind == 0)
        {
            Spend(life, random.Next(StartMax), () => false);
            return;
        }

        life.AwaitLines("numerics", 1); // printed last before training
        Spend(life, random.Next(DelayMax), () => false);
        if (kind != 1)
        {
            Spend(life, PollMax, kind == 2 ? tally.IsWriting : tally.IsBetween);
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
