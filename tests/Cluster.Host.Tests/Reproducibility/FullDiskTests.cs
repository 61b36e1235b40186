using Tessera.Host.Faults;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Reproducibility;

/// <summary>No room for checkpoints, made by the shell's limit on the size of files: training goes on, tells, and loses nothing that was stored.</summary>
public sealed class FullDiskTests
{
    private const int RoomKibibytes = 96; // for the tables and the first checkpoint, not for the second

    [SkippableFact]
    public void Training_goes_on_without_checkpoints_and_resumes_to_the_same_bits_where_there_is_room()
    {
        Skip.IfNot(File.Exists("/bin/bash"), "skipped: no bash, whose ulimit makes the disk full");
        using TemporaryFolder folder = new();
        SmallExperiment.WriteSamples(folder.Root);
        string experiment = SmallExperiment.Write(folder.Root, "ConstantStepDevice", epochs: 30, everySteps: 10);
        CliRun whole = CliRun.Of("train", experiment, "--run-dir", folder.PathOf("whole"));
        string run = folder.PathOf("run");

        // Signal XFSZ would end the process; without it, writes fail as on a full disk. The double mapping of code needs large files.
        string[] limited = ["/bin/bash", "-c", $"trap '' XFSZ; ulimit -S -f {RoomKibibytes}; export DOTNET_EnableWriteXorExecute=0; exec \"$@\"", "bash"];
        using LiveProcess life = LiveProcess.Start(TesseraCommand.Of(limited, ["train", experiment, "--run-dir", run]));
        ProcessResult full = life.AwaitEnd();

        Assert.True(full.ExitCode == 1, full.Output + full.Error);
        Assert.Contains("epoch 30/30", full.Output); // to the end, though nothing could be stored
        Assert.Contains("was given up", full.Error);
        Assert.Contains("resume the run", full.Error.Split('\n')[^1]);
        Assert.DoesNotContain("   at ", full.Error);
        CliRun runs = CliRun.Of("runs", run);
        Assert.Contains("failed", runs.Out);
        Assert.Contains("could not be stored", runs.Out);
        Assert.Equal(0, CliRun.Of("verify", run).ExitCode);
        CliRun resumed = CliRun.Of("resume", run);
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Error));
        Assert.Equal(TrainingFixture.Value(whole.Out, "hash"), TrainingFixture.Value(resumed.Out, "hash"));
        Assert.Equal(31, File.ReadAllLines(Path.Combine(run, "metrics.csv")).Length);
    }
}
