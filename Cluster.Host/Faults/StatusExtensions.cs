using Tessera.Host.Http;

namespace Tessera.Host.Faults;

/// <summary>Where the tiles are, as a coordinator tells.</summary>
internal static class StatusExtensions
{
    /// <summary>How many tiles a node hosts.</summary>
    public static int TilesOf(this ProcessStatus status, string node) =>
        status.Members?.Where(member => member.Name == node).Sum(member => member.Tiles ?? 0) ?? 0;

    /// <summary>Whether these nodes, each of them and no other, host tiles.</summary>
    public static bool Hosts(this ProcessStatus status, params string[] nodes) =>
        status.Phase == "training" && (status.Members?.Where(member => member.Tiles > 0).Select(member => member.Name).Order().SequenceEqual(nodes) ?? false);
}
