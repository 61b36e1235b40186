using System.Globalization;

namespace Tessera.Host.Maps;

/// <summary>Sizes for people, and as people write them.</summary>
internal static class ByteSize
{
    /// <summary>With a binary prefix.</summary>
    public static string Format(long bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):F2} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):F2} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:F1} KiB"),
    };

    /// <summary>Reads a number with KiB, MiB or GiB, or plain bytes.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        (string Suffix, double Scale)[] units = [("KiB", 1024), ("MiB", 1 << 20), ("GiB", 1 << 30), ("", 1)];
        foreach ((string suffix, double scale) in units)
        {
            if (!text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) { continue; }
            string number = text[..^suffix.Length].Trim();
            bool isNumber = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value);
            bytes = isNumber && value * scale < long.MaxValue ? (long)(value * scale) : 0;
            return bytes > 0;
        }

        bytes = 0;
        return false;
    }
}
