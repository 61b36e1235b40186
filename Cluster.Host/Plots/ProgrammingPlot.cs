using System.Globalization;
using System.Text;
using Tessera.Host.Programming;

namespace Tessera.Host.Plots;

/// <summary>The errors of a map as pictures side by side, one a rule, with one scale of colours, as one SVG.</summary>
internal static class ProgrammingPlot
{
    private const int Side = 300;
    private const int Left = 80;
    private const int Gap = 26;
    private const int Top = 90;
    private const int Bottom = 64;
    private const int ScaleWidth = 110;

    /// <summary>Cells narrower than this show no figure.</summary>
    private const double FigureWidth = 34;

    // Dark to light, even in lightness, and apart for people who do not see all colours; equal distances along the scale.
    private static readonly (int Red, int Green, int Blue)[] Colours = [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)];

    /// <summary>Draws the map.</summary>
    /// <param name="config">What was mapped.</param>
    /// <param name="errors">[rule, states, reference], the last running fastest.</param>
    public static string Draw(ProgrammingConfig config, IReadOnlyList<ProgrammingError> errors)
    {
        int width = Left + (config.Rules.Count * (Side + Gap)) + ScaleWidth;
        const int Height = Top + Side + Bottom;
        Scale scale = Scale.Around(errors.Select(error => error.Mean));
        StringBuilder svg = Svg.Begin(width, Height);
        Svg.Text(svg, Left, 32, 20, "start", "black", "Weight programming error");
        string subject = string.Create(
            CultureInfo.InvariantCulture,
            $"standard deviation of weight minus target, {config.Rows} x {config.Columns}, {config.Updates:N0} updates, {config.Constructions} constructions");
        Svg.Text(svg, Left, 54, 13, "start", "#666", subject);
        int places = config.States.Count * config.ReferenceStd.Count;
        for (int rule = 0; rule < config.Rules.Count; rule++)
        {
            int left = Left + (rule * (Side + Gap));
            Svg.Text(svg, left + (Side / 2.0), Top - 10, 15, "middle", "black", config.Rules[rule].Name);
            Panel(svg, config, [.. errors.Skip(rule * places).Take(places)], left, scale);
        }

        StateNames(svg, config);
        DrawScale(svg, scale, Left + (config.Rules.Count * (Side + Gap)));
        return Svg.End(svg);
    }

    private static void Panel(StringBuilder svg, ProgrammingConfig config, ProgrammingError[] errors, int left, Scale scale)
    {
        double width = Side / (double)config.ReferenceStd.Count;
        double height = Side / (double)config.States.Count;
        for (int index = 0; index < errors.Length; index++)
        {
            ProgrammingError error = errors[index];
            double x = left + (index % config.ReferenceStd.Count * width);
            double y = Top + Side - ((index / config.ReferenceStd.Count + 1) * height);
            double share = scale.Share(error.Mean);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:F1}\" y=\"{y:F1}\" width=\"{width + 0.5:F1}\" height=\"{height + 0.5:F1}\" fill=\"{Colour(share)}\">");
            svg.Append(CultureInfo.InvariantCulture, $"<title>{error.Point.States} states, reference_std {error.Point.ReferenceStd}: ");
            svg.Append(CultureInfo.InvariantCulture, $"{error.Mean:G4} (spread {error.Spread:G2})</title></rect>\n");
            if (width < FigureWidth) { continue; }
            string figure = error.Mean.ToString("G2", CultureInfo.InvariantCulture);
            Svg.Text(svg, x + (width / 2), y + (height / 2) + 4, 10.5, "middle", share > 0.6 ? "black" : "white", figure);
        }

        for (int column = 0; column < config.ReferenceStd.Count; column++)
        {
            string name = config.ReferenceStd[column].ToString("G3", CultureInfo.InvariantCulture);
            Svg.Text(svg, left + ((column + 0.5) * width), Top + Side + 18, 11, "middle", "black", name);
        }

        Svg.Text(svg, left + (Side / 2.0), Top + Side + 44, 13, "middle", "black", "spread of the reference");
    }

    private static void StateNames(StringBuilder svg, ProgrammingConfig config)
    {
        double height = Side / (double)config.States.Count;
        for (int row = 0; row < config.States.Count; row++)
        {
            Svg.Text(svg, Left - 8, Top + Side - ((row + 0.5) * height) + 4, 11, "end", "black", config.States[row].ToString("G4", CultureInfo.InvariantCulture));
        }

        const double Middle = Top + (Side / 2.0);
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"24\" y=\"{Middle:F1}\" font-size=\"13\" text-anchor=\"middle\" ");
        svg.Append(CultureInfo.InvariantCulture, $"transform=\"rotate(-90 24 {Middle:F1})\">states of a device</text>\n");
    }

    private static void DrawScale(StringBuilder svg, Scale scale, int left)
    {
        const int Steps = 60;
        const int Width = 18;
        for (int step = 0; step < Steps; step++)
        {
            double y = Top + Side - ((step + 1) * Side / (double)Steps);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{left}\" y=\"{y:F1}\" width=\"{Width}\" height=\"{(Side / (double)Steps) + 0.5:F1}\" ");
            svg.Append(CultureInfo.InvariantCulture, $"fill=\"{Colour((step + 0.5) / Steps)}\"/>\n");
        }

        foreach (double tick in scale.Ticks())
        {
            double y = Top + (Side * (1 - scale.Share(tick)));
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{left + Width}\" y1=\"{y:F1}\" x2=\"{left + Width + 5}\" y2=\"{y:F1}\" stroke=\"black\"/>\n");
            Svg.Text(svg, left + Width + 9, y + 4, 11, "start", "black", tick.ToString("G3", CultureInfo.InvariantCulture));
        }
    }

    private static string Colour(double share)
    {
        double at = Math.Clamp(share, 0, 1) * (Colours.Length - 1);
        int below = Math.Min((int)at, Colours.Length - 2);
        (int Red, int Green, int Blue) from = Colours[below];
        (int Red, int Green, int Blue) to = Colours[below + 1];
        return $"#{Mix(from.Red, to.Red, at - below):x2}{Mix(from.Green, to.Green, at - below):x2}{Mix(from.Blue, to.Blue, at - below):x2}";
    }

    private static int Mix(int from, int to, double share) => (int)Math.Round(from + ((to - from) * share));

    /// <summary>A logarithmic scale between two errors above 0.</summary>
    private readonly record struct Scale(double Least, double Most)
    {
        public static Scale Around(IEnumerable<double> errors)
        {
            double[] positive = [.. errors.Where(error => error > 0 && double.IsFinite(error))];
            if (positive.Length == 0) { return new Scale(0.01, 1); }
            (double least, double most) = (positive.Min(), positive.Max());
            return most > 1.05 * least ? new Scale(least, most) : new Scale(least / 1.5, most * 1.5);
        }

        public double Share(double error) => error > Least ? Math.Min(Math.Log(error / Least) / Math.Log(Most / Least), 1) : 0;

        /// <summary>Ones, twos and fives of all powers of ten in the scale.</summary>
        public IEnumerable<double> Ticks()
        {
            for (double power = Math.Pow(10, Math.Floor(Math.Log10(Least))); power <= Most; power *= 10)
            {
                foreach (double digit in new[] { 1.0, 2, 5 })
                {
                    if (digit * power >= Least && digit * power <= Most) { yield return digit * power; }
                }
            }
        }
    }
}
