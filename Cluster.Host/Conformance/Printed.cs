using System.Text.Json;

namespace Tessera.Host.Conformance;

/// <summary>What the printing of a golden file leaves open: half a unit in the last digit that its list shows.</summary>
internal static class Printed
{
    /// <summary>Golden files print at least so many; fewer in a list only mean that its numbers are round.</summary>
    private const int Fewest = 5;

    /// <summary>Significant digits of a list: the most that any of its numbers shows, since trailing zeros are dropped.</summary>
    /// <param name="element">The list, or one number.</param>
    /// <param name="fewest">Digits that are printed for certain.</param>
    public static int Digits(GoldenElement element, int fewest = Fewest) => Math.Max(Shown(element), fewest);

    /// <summary>Half a unit in the last of so many significant digits.</summary>
    public static double Half(double value, int digits) =>
        value == 0 || !double.IsFinite(value) ? 0 : 0.5 * Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(value))) + 1 - digits);

    private static int Shown(GoldenElement element)
    {
        switch (element.Json.ValueKind)
        {
            case JsonValueKind.Array:
                int most = 1;
                foreach (JsonElement item in element.Json.EnumerateArray()) { most = Math.Max(most, Shown(new GoldenElement(item, element.Path))); }
                return most;
            case JsonValueKind.Number:
                string text = element.Json.GetRawText();
                int exponent = text.IndexOfAny(['e', 'E']);
                if (exponent >= 0) { text = text[..exponent]; }
                return Math.Max(text.Replace(".", "", StringComparison.Ordinal).TrimStart('-', '0').Length, 1);
            default:
                return 1;
        }
    }
}
