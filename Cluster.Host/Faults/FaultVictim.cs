namespace Tessera.Host.Faults;

/// <summary>Names of the processes that faults come to.</summary>
internal static class FaultVictim
{
    private const string CoordinatorPrefix = "coordinator-";

    /// <summary>Name of a node, counted from 0.</summary>
    public static string Node(int index) => $"node-{index}";

    /// <summary>Name of a coordinator, counted from 0.</summary>
    public static string Coordinator(int index) => $"{CoordinatorPrefix}{index}";

    /// <summary>Whether a name is of a coordinator.</summary>
    public static bool IsCoordinator(string name) => name.StartsWith(CoordinatorPrefix, StringComparison.Ordinal);
}
