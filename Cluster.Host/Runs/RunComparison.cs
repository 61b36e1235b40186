using System.Globalization;
using Tessera.Coordination.Checkpoints;
using Tessera.Protocol.Snapshots;

namespace Tessera.Host.Runs;

/// <summary>Says where two runs differ first.</summary>
internal static class RunComparison
{
    /// <summary>The first difference that matters, or null.</summary>
    public static string? Difference(StoredRun run, StoredRun against)
    {
        if (run.Hash == against.Hash) { return null; }
        float[] losses = RunVerifier.ReadLosses(run.Store, run.Manifest);
        float[] others = RunVerifier.ReadLosses(against.Store, against.Manifest);
        int common = Math.Min(losses.Length, others.Length);
        for (int i = 0; i < common; i++)
        {
            if (BitConverter.SingleToUInt32Bits(losses[i]) != BitConverter.SingleToUInt32Bits(others[i]))
            {
                return string.Create(CultureInfo.InvariantCulture, $"losses differ from step {i + 1} on: {losses[i]:R} and {others[i]:R}{Configurations(run, against)}");
            }
        }

        if (run.Manifest.Step != against.Manifest.Step)
        {
            return string.Create(CultureInfo.InvariantCulture, $"steps {run.Manifest.Step} and {against.Manifest.Step}; the losses of their first {common} steps are the same");
        }

        return Blobs(run, against) + Configurations(run, against);
    }

    private static string Blobs(StoredRun run, StoredRun against)
    {
        foreach (ManifestBlob blob in run.Manifest.Blobs)
        {
            ManifestBlob? other = against.Manifest.Blobs.FirstOrDefault(other => other.Kind == blob.Kind && other.Name == blob.Name);
            if (other is null) { return $"only one of them has {blob.Kind} '{blob.Name}'"; }
            SafetensorsFile file = SafetensorsFile.Parse(run.Store.Get(blob.Hash), blob.Name);
            SafetensorsFile otherFile = SafetensorsFile.Parse(against.Store.Get(other.Hash), blob.Name);
            foreach (SafetensorsArray array in file.Arrays)
            {
                SafetensorsArray? otherArray = otherFile.Arrays.FirstOrDefault(candidate => candidate.Name == array.Name);
                if (otherArray is null || !array.Bytes.Span.SequenceEqual(otherArray.Bytes.Span)) { return $"array '{array.Name}' of {blob.Kind} '{blob.Name}' differs"; }
            }
        }

        return "the second has more tiles or stages";
    }

    private static string Configurations(StoredRun run, StoredRun against) => run.Manifest.ConfigurationHash == against.Manifest.ConfigurationHash
        ? " (the configurations are the same)"
        : $" (the configurations differ: {run.Manifest.ConfigurationHash[..12]} and {against.Manifest.ConfigurationHash[..12]})";
}
