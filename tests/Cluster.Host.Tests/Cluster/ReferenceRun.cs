using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Host.Tests.CommandLine;
using Tessera.Host.Tests.Reproducibility;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Tests.Cluster;

/// <summary>What an experiment comes to where nothing fails: trained by <c>tessera train</c> in one process.</summary>
internal sealed class ReferenceRun
{
    private ReferenceRun(string experiment, string hash, RunManifest manifest, float[] losses)
    {
        Experiment = experiment;
        Hash = hash;
        Parts = PartsOf(manifest);
        Losses = losses;
    }

    /// <summary>Path of the experiment.</summary>
    public string Experiment { get; }

    /// <summary>Hash of the final state.</summary>
    public string Hash { get; }

    /// <summary>Kind and name of every tile and digital stage.</summary>
    public IReadOnlyList<string> Parts { get; }

    /// <summary>Loss of every step.</summary>
    public float[] Losses { get; }

    /// <summary>Trains an experiment on CSV files with 7 tiles.</summary>
    /// <param name="folder">Where to put everything.</param>
    /// <param name="epochs">Epochs of 13 mini-batches.</param>
    /// <param name="everySteps">Steps between checkpoints.</param>
    public static ReferenceRun Train(TemporaryFolder folder, int epochs, int everySteps)
    {
        CsvExperiment.WriteSamples(folder.Root);
        string experiment = CsvExperiment.Write(folder.Root, "ConstantStepDevice", epochs, everySteps);
        CliRun run = CliRun.Of("train", experiment, "--run-dir", folder.PathOf("reference"));
        Assert.Equal(0, run.ExitCode);
        using SqliteRunStore store = SqliteRunStore.OpenReadOnly(Path.Combine(folder.PathOf("reference"), SqliteRunStore.FileName));
        RunManifest manifest = store.ReadNewest()!;
        return new ReferenceRun(experiment, TrainingFixture.Value(run.Out, "hash"), manifest, RunVerifier.ReadLosses(store, manifest));
    }

    /// <summary>Kind and name of every tile and digital stage that a manifest names.</summary>
    public static IReadOnlyList<string> PartsOf(RunManifest manifest) =>
        [.. manifest.Blobs.Where(blob => blob.Kind != ManifestBlob.LossesKind).Select(blob => $"{blob.Kind} {blob.Name}")];
}
