using System.Globalization;
using System.Text;
using Tessera.Protocol.Identity;

namespace Tessera.Protocol.Cluster;

/// <summary>Tiles as short text: ranges of identities in ascending order, separated by commas, as in <c>0-3,7</c>.</summary>
public static class TileRanges
{
    /// <summary>Writes tiles.</summary>
    /// <param name="tiles">Identities of 0 or more, in ascending order.</param>
    public static string Write(IEnumerable<TileId> tiles)
    {
        ArgumentNullException.ThrowIfNull(tiles);
        var text = new StringBuilder();
        var (first, last) = (-1, -2);
        foreach (var tile in tiles)
        {
            if (tile.Index != last + 1)
            {
                Append(text, first, last);
                first = tile.Index;
            }

            last = tile.Index;
        }

        Append(text, first, last);
        return text.ToString();
    }

    /// <summary>Reads what <see cref="Write"/> wrote. What is no range is passed over: the text is a hint, and it may come from a later version.</summary>
    /// <param name="text">The text.</param>
    /// <param name="count">Tiles that there are: those from here on are left out.</param>
    public static IEnumerable<TileId> Read(string text, int count)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var range in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = range.Split('-');
            if (ends.Length <= 2 && TryRead(ends[0], out var first) && TryRead(ends[^1], out var last))
            {
                for (var tile = first; tile <= last && tile < count; tile++)
                {
                    yield return new TileId(tile);
                }
            }
        }
    }

    private static bool TryRead(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static void Append(StringBuilder text, int first, int last)
    {
        if (first < 0)
        {
            return;
        }

        text.Append(text.Length == 0 ? string.Empty : ",").Append(CultureInfo.InvariantCulture, $"{first}");
        if (last > first)
        {
            text.Append(CultureInfo.InvariantCulture, $"-{last}");
        }
    }
}
