using System.Globalization;

namespace Tessera.Coordination.Checkpoints;

/// <summary>
/// Losses are stored in chunks of a fixed number of steps: a full chunk never changes, has one name for ever, and is written once, however long the
/// run.
/// </summary>
internal static class LossChunks
{
    /// <summary>Steps of a chunk.</summary>
    public const int Size = 16_384;

    /// <summary>Name of the array in a chunk's blob.</summary>
    public const string Array = "loss";

    private const string Prefix = "losses/";

    /// <summary>Name of a chunk in the manifest.</summary>
    public static string NameOf(int chunk) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{chunk}");

    /// <summary>The chunk of a name that <see cref="NameOf"/> gave.</summary>
    public static int IndexOf(string name) => int.Parse(name.AsSpan(Prefix.Length), CultureInfo.InvariantCulture);

    /// <summary>Chunks that hold a number of losses.</summary>
    public static int Count(int losses) => (losses + Size - 1) / Size;

    /// <summary>The losses of a chunk.</summary>
    public static ReadOnlySpan<float> Of(ReadOnlySpan<float> losses, int chunk)
    {
        var first = chunk * Size;
        return losses.Slice(first, Math.Min(Size, losses.Length - first));
    }
}
