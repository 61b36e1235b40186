using Tessera.Actors.Stores;
using Tessera.Coordination.Checkpoints;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Faults;

/// <summary>What an experiment comes to where nothing fails: trained by <c>tessera train</c> in one process.</summary>
internal sealed class FaultlessRun
{
    private const int EndlessEpochs = 1_000_000;
    private const string KeepAll = "checkpoint.keep=1000000"; // its hash at every step of a checkpoint can be asked for
    private readonly string _state;

    private FaultlessRun(string experiment, string state, string hash, IReadOnlyList<string> parts, float[] losses)
    {
        Experiment = experiment;
        _state = state;
        Hash = hash;
        Parts = parts;
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

    /// <summary>Hash of the state after a step, or null where no checkpoint was due then.</summary>
    public string? HashAt(ulong step)
    {
        using SqliteRunStore store = SqliteRunStore.OpenReadOnly(_state);
        return store.ReadAll().FirstOrDefault(manifest => manifest.Step == step) is { } manifest ? RunVerifier.ComputeHash(store, manifest) : null;
    }

    /// <summary>Trains the small experiment, which has 7 tiles.</summary>
    /// <param name="folder">Where to put everything.</param>
    /// <param name="epochs">Epochs of <see cref="SmallExperiment.StepsPerEpoch"/> mini-batches.</param>
    /// <param name="everySteps">Steps between checkpoints.</param>
    public static FaultlessRun Train(string folder, int epochs, int everySteps)
    {
        SmallExperiment.WriteSamples(folder);
        return Of(SmallExperiment.Write(folder, "ConstantStepDevice", epochs, everySteps), Path.Combine(folder, "reference"));
    }

    /// <summary>The small experiment where nobody waits for the end, or for what it should come to.</summary>
    /// <param name="folder">Where to put it.</param>
    /// <param name="everySteps">Steps between checkpoints.</param>
    public static FaultlessRun Endless(string folder, int everySteps)
    {
        SmallExperiment.WriteSamples(folder);
        return new FaultlessRun(SmallExperiment.Write(folder, "ConstantStepDevice", EndlessEpochs, everySteps), string.Empty, string.Empty, [], []);
    }

    /// <summary>Trains an experiment.</summary>
    /// <param name="experiment">Path of the experiment.</param>
    /// <param name="runFolder">The run's folder, which is not there yet.</param>
    public static FaultlessRun Of(string experiment, string runFolder)
    {
        ProcessResult run = TesseraCommand.Run(new Dictionary<string, string>(), "train", experiment, "--set", KeepAll, "--run-dir", runFolder);
        FaultException.Require(run.ExitCode == 0, () => $"The run without faults failed:\n{run.Output}\n{run.Error}");
        string state = Path.Combine(runFolder, SqliteRunStore.FileName);
        using SqliteRunStore store = SqliteRunStore.OpenReadOnly(state);
        RunManifest manifest = store.ReadNewest()!;
        return new FaultlessRun(experiment, state, run.Value("hash"), PartsOf(manifest), RunVerifier.ReadLosses(store, manifest));
    }

    /// <summary>Kind and name of every tile and digital stage that a manifest names.</summary>
    public static IReadOnlyList<string> PartsOf(RunManifest manifest) =>
        [.. manifest.Blobs.Where(blob => blob.Kind != ManifestBlob.LossesKind).Select(blob => $"{blob.Kind} {blob.Name}")];
}
