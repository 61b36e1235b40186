using System.Globalization;

namespace Tessera.Coordination.Data;

/// <summary>An inclusive range of samples, written <c>first..last</c>: <c>0..7999</c> is the first 8,000 samples.</summary>
/// <param name="First">First sample, 0 or more.</param>
/// <param name="Last">Last sample, which belongs to the range.</param>
public readonly record struct SampleRange(int First, int Last)
{
    /// <summary>Samples in the range.</summary>
    public int Count => Last - First + 1;

    /// <summary>Reads <c>first..last</c> with 0 &lt;= first &lt;= last.</summary>
    public static bool TryParse(string? text, out SampleRange range)
    {
        range = default;
        var dots = text?.IndexOf("..", StringComparison.Ordinal) ?? -1;
        if (dots < 0
            || !TryParseIndex(text.AsSpan(0, dots), out var first)
            || !TryParseIndex(text.AsSpan(dots + 2), out var last)
            || last < first
            || last == int.MaxValue)
        {
            return false;
        }

        range = new SampleRange(first, last);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}..{Last}");

    private static bool TryParseIndex(ReadOnlySpan<char> text, out int index) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out index);
}
