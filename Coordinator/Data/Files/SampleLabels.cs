namespace Tessera.Coordination.Data.Files;

/// <summary>Limits of class labels.</summary>
internal static class SampleLabels
{
    /// <summary>Most classes of a data set: 65,536. A larger label is a mistake sooner than a class.</summary>
    public const int ClassesMax = 1 << 16;
}
