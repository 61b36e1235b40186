using System.Globalization;
using System.Text;

namespace Tessera.Host.Plots;

/// <summary>What all drawings have in common.</summary>
internal static class Svg
{
    /// <summary>A drawing on white, to be ended by <see cref="End"/>.</summary>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    public static StringBuilder Begin(int width, int height)
    {
        StringBuilder svg = new();
        svg.Append("<svg xmlns=\"http://www.w3.org/2000/svg\" font-family=\"sans-serif\" ");
        svg.Append(CultureInfo.InvariantCulture, $"width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n");
        return svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n");
    }

    /// <summary>The whole drawing.</summary>
    public static string End(StringBuilder svg) => svg.Append("</svg>\n").ToString();

    /// <summary>Writes words.</summary>
    /// <param name="svg">The drawing.</param>
    /// <param name="x">Where they are anchored.</param>
    /// <param name="y">Their base line.</param>
    /// <param name="size">Pixels.</param>
    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    /// <param name="colour">Any colour of CSS.</param>
    /// <param name="text">The words.</param>
    public static void Text(StringBuilder svg, double x, double y, double size, string anchor, string colour, string text) => svg.Append(
        CultureInfo.InvariantCulture, $"<text x=\"{x:F1}\" y=\"{y:F1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{Escaped(text)}</text>\n");

    /// <summary>The next of 1, 2, 5, 10, 20, ... at a number or above it.</summary>
    public static double Round(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return power * new[] { 1.0, 2, 5, 10 }.First(digit => digit * power >= value * 0.999);
    }

    private static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
