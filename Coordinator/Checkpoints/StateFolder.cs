using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Checkpoints;

/// <summary>Names inside a state folder: <c>manifest.json</c> and <c>blobs/SHA256.safetensors</c>.</summary>
internal static class StateFolder
{
    /// <summary>Metadata of the blob of a digital stage.</summary>
    public const string StageKind = "tessera-stage-1";

    /// <summary>Metadata of the blob of the losses.</summary>
    public const string LossesKind = "tessera-losses-1";

    /// <summary>Name of the losses in the manifest.</summary>
    public const string LossesName = "losses";

    /// <summary>Path of the manifest.</summary>
    public static string Manifest(string folder) => Path.Combine(folder, "manifest.json");

    /// <summary>Folder of the blobs.</summary>
    public static string Blobs(string folder) => Path.Combine(folder, "blobs");

    /// <summary>Path of a blob.</summary>
    public static string Blob(string folder, BlobHash hash) => Path.Combine(Blobs(folder), hash.Hex + ".safetensors");
}
