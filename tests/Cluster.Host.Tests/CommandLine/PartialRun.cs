using Tessera.Actors.Stores;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Training;
using Tessera.Host.Configuration;
using Tessera.Host.Runs;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Tests.CommandLine;

/// <summary>A run that ended after some steps without a word, as one that was killed right after a checkpoint.</summary>
internal static class PartialRun
{
    /// <summary>Steps of the whole run of <see cref="TrainingFixture"/>.</summary>
    public const int StepsTotal = 10;

    /// <summary>Hash of the whole run, from a process that was left alone.</summary>
    public static string WholeHash(TemporaryFolder folder)
    {
        CliRun run = CliRun.Of([.. TrainingFixture.Write(folder, TrainingFixture.Physics[0]), "--run-dir", folder.PathOf("whole")]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return TrainingFixture.Value(run.Out, "hash");
    }

    /// <summary>Makes the run folder; returns its path.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="steps">Steps that are done; 0 for a run that was killed before its first checkpoint.</param>
    public static string Make(TemporaryFolder folder, long steps)
    {
        string[] train = TrainingFixture.Write(folder, TrainingFixture.Physics[0]);
        ExperimentConfig config = ExperimentLoader.Load(new ExperimentSource { File = train[1], DataFolder = train[3] });
        RunFolder run = RunFolder.Create(folder.PathOf($"run{steps}"), "small", config.Seed);
        run.WriteExperiment(ExperimentLoader.ToYaml(config));
        using SqliteRunStore store = SqliteRunStore.Create(
            run.State, new RunIdentity(ConfigurationHash.Compute(config), RunManifest.CpuEngine, NumericsVersion.Current), config.Checkpoint.Keep);
        if (steps > 0)
        {
            using TrainingRun training = new(config, DataLoader.Load(config.Data, config.Seed, 1), new RunOptions { Threads = 1, EndAfter = steps }, store);
            training.Execute(new MetricsOnly(new MetricsWriter(run)), CancellationToken.None);
        }

        return run.Root;
    }

    private sealed class MetricsOnly(MetricsWriter metrics) : ITrainingObserver
    {
        public void OnOpened(long step) => metrics.ReturnTo(step);

        public void OnStep(in StepReport r)
        {
        }

        public void OnEpoch(in EpochReport r) => metrics.Write(r);
    }
}
