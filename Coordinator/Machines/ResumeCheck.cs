using Tessera.Kernels.Numerics;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Machines;

/// <summary>Whether a run can go on from a checkpoint.</summary>
internal static class ResumeCheck
{
    /// <summary>What speaks against it, or null.</summary>
    public static string? Problem(RunManifest manifest, CoordinatorSettings settings)
    {
        if (manifest.ConfigurationHash != settings.ConfigurationHash)
        {
            return $"The checkpoint of step {manifest.Step} has configuration {manifest.ConfigurationHash[..12]}, the experiment has "
                + $"{settings.ConfigurationHash[..12]}: it was written by another experiment. Resume with the run's own experiment.yaml, or train a new run.";
        }

        if (manifest.Engine != RunManifest.CpuEngine)
        {
            return $"The checkpoint of step {manifest.Step} was written by engine '{manifest.Engine}', this is '{RunManifest.CpuEngine}', whose bits differ. "
                + "Resume with the engine that wrote it.";
        }

        return manifest.NumericsVersion == NumericsVersion.Current || settings.AcceptNumericsChange
            ? null
            : $"The checkpoint of step {manifest.Step} has numerics version {manifest.NumericsVersion}, this program has {NumericsVersion.Current}: the run would "
                + "go on with other bits. Use the program that wrote it, or accept the change with --accept-numerics-change, which is recorded.";
    }
}
