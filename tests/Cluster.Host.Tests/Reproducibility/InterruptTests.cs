using Tessera.Host.Faults;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Reproducibility;

/// <summary>Requests to end: the first leaves a checkpoint and says how to go on, the second ends the process at once.</summary>
public sealed class InterruptTests
{
    [SkippableTheory]
    [InlineData(LiveProcess.Interrupt)]
    [InlineData(LiveProcess.Terminate)]
    public void A_request_to_end_leaves_a_checkpoint_from_which_the_run_goes_on_to_the_same_bits(int signal)
    {
        Skip.If(IsIgnored(signal), "Whoever started these tests had them ignore Ctrl-C, as a shell does in the background; processes that they start inherit that.");
        using TemporaryFolder folder = new();
        SmallExperiment.WriteSamples(folder.Root);
        string experiment = SmallExperiment.Write(folder.Root, "ConstantStepDevice", epochs: 1500);
        string run = folder.PathOf("run");
        using LiveProcess life = LiveProcess.Start("train", experiment, "--run-dir", run);
        life.AwaitLines("epoch", 3);
        life.Send(signal);
        ProcessResult stopped = life.AwaitEnd();
        Assert.Equal(1, stopped.ExitCode);
        Assert.Equal("tessera: stopping after this step, with a checkpoint; once more ends at once.", stopped.Error);
        Assert.Equal($"./tessera resume {run}", stopped.Value("resume"));
        Assert.Contains("nothing is lost", stopped.Value("stopped"));
        Assert.Contains("stopped", CliRun.Of("runs", run).Out);
        Assert.Contains(stopped.Value("hash"), CliRun.Of("verify", run).Out);

        CliRun resumed = CliRun.Of("resume", run);
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Error));
        CliRun whole = CliRun.Of("train", experiment, "--run-dir", folder.PathOf("whole"));
        Assert.Equal(TrainingFixture.Value(whole.Out, "hash"), TrainingFixture.Value(resumed.Out, "hash"));
        Assert.Contains("finished", CliRun.Of("runs", run).Out);
    }

    [Fact]
    public void Json_tells_that_the_run_was_stopped()
    {
        using TemporaryFolder folder = new();
        SmallExperiment.WriteSamples(folder.Root);
        string experiment = SmallExperiment.Write(folder.Root, "ConstantStepDevice", epochs: 1500);
        using LiveProcess life = LiveProcess.Start("train", experiment, "--run-dir", folder.PathOf("run"), "--json");
        life.AwaitLines("{", 2);
        life.Send(LiveProcess.Terminate);
        ProcessResult stopped = life.AwaitEnd();
        Assert.Equal(1, stopped.ExitCode);
        using System.Text.Json.JsonDocument last = System.Text.Json.JsonDocument.Parse(stopped.Output.Split('\n')[^1]);
        Assert.Contains("tessera resume", last.RootElement.GetProperty("resume").GetString());
    }

    /// <summary>The second request may come when the run is over already; until then it ends the process by the signal itself.</summary>
    [Fact]
    public void A_second_request_ends_the_process_and_the_run_can_be_resumed()
    {
        using TemporaryFolder folder = new();
        SmallExperiment.WriteSamples(folder.Root);
        string run = folder.PathOf("run");
        using LiveProcess life = LiveProcess.Start("train", SmallExperiment.Write(folder.Root, "ConstantStepDevice", epochs: 1500, everySteps: 5), "--run-dir", run);
        life.AwaitLines("epoch", 3);
        life.Send(LiveProcess.Interrupt);
        life.Send(LiveProcess.Terminate); // signals of one kind that wait are one signal
        ProcessResult ended = life.AwaitEnd();
        Assert.Contains(ended.ExitCode, new[] { 1, 128 + LiveProcess.Interrupt, 128 + LiveProcess.Terminate });
        Assert.DoesNotContain("   at ", ended.Error);
        Assert.Equal(0, CliRun.Of("resume", run).ExitCode);
    }

    [Fact]
    public void Two_processes_never_train_one_run()
    {
        using TemporaryFolder folder = new();
        SmallExperiment.WriteSamples(folder.Root);
        string run = folder.PathOf("run");
        using LiveProcess first = LiveProcess.Start("train", SmallExperiment.Write(folder.Root, "ConstantStepDevice", epochs: 100_000), "--run-dir", run);
        first.AwaitLines("epoch", 1);
        CliRun second = CliRun.Of("resume", run);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("another process", second.Error);
        Assert.Contains("running", CliRun.Of("runs", run).Out);
        Assert.True(first.Kill());
        Assert.Contains("killed", CliRun.Of("runs", run).Out);
        Assert.Contains("of 1,300,000", CliRun.Of("runs", run).Out);
    }

    private static bool IsIgnored(int signal)
    {
        const string Field = "SigIgn:"; // a mask in hexadecimal, lowest bit first
        string? mask = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) : null;
        return mask is not null && (Convert.ToUInt64(mask[Field.Length..].Trim(), 16) >> (signal - 1) & 1) != 0;
    }
}
