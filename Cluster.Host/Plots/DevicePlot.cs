using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MathNet.Numerics.Statistics;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;
using Tessera.Kernels.Configuration;

namespace Tessera.Host.Plots;

/// <summary>
/// A drawing of one device: response curves, step against weight, and the spread of its hidden parameters, as one SVG. For cells the weights of their
/// devices take the place of the steps.
/// </summary>
internal static partial class DevicePlot
{
    private const int Width = 1200;
    private const int TitleHeight = 50;
    private const int CurveHeight = 420;
    private const int LegendHeight = 26;
    private const int HistogramHeight = 240;
    private const int HistogramsPerRow = 4;
    private const int SingleDevices = 6;
    private const int Bins = 20;

    // Colours that stay apart for people who do not see all of them.
    private static readonly OxyColor Blue = OxyColor.FromRgb(0x1f, 0x77, 0xb4);
    private static readonly OxyColor Orange = OxyColor.FromRgb(0xd9, 0x5f, 0x02);
    private static readonly OxyColor[] PartColours = [Blue, Orange, OxyColor.FromRgb(0x2c, 0xa0, 0x2c), OxyColor.FromRgb(0x94, 0x67, 0xbd), OxyColor.FromRgb(0x8c, 0x56, 0x4b)];
    private static readonly OxyColor Grey = OxyColor.FromRgb(0x88, 0x88, 0x88);

    /// <summary>Draws a device.</summary>
    /// <exception cref="CommandLine.CommandLineException">It has no pulses, or cannot be built.</exception>
    public static string Draw(PlottedDevice plotted)
    {
        using DeviceResponse response = new(plotted);
        List<(string Name, float[] Values)> spread = [.. response.Hidden.Where(parameter => parameter.Values.Max() > parameter.Values.Min())];
        int rows = (spread.Count + HistogramsPerRow - 1) / HistogramsPerRow;
        int height = TitleHeight + CurveHeight + (rows * HistogramHeight) + 10;
        StringBuilder svg = Svg.Begin(Width, height);
        string kind = Kind(plotted.Device);
        string title = plotted.Name == plotted.Device.GetType().Name ? kind : $"{plotted.Name} ({kind})";
        Svg.Text(svg, 20, 34, 22, "start", "black", title);
        Svg.Text(svg, Width - 20, 34, 13, "end", "#666", $"{DeviceResponse.Count} devices");
        Place(svg, Curves(response), 0, TitleHeight, Width / 2, CurveHeight - LegendHeight, 0);
        Legend(svg, 0, [("mean", Blue, 2.5), ("± standard deviation", OxyColor.FromAColor(60, Blue), 12), ("single devices", Grey, 1)]);
        PlotModel right = response.Parts.Count > 0 ? Parts(response) : Steps(response);
        Place(svg, right, Width / 2, TitleHeight, Width / 2, CurveHeight - LegendHeight, 1);
        Legend(svg, Width / 2, response.Parts.Count > 0 ? PartNames(response) : [("up", Blue, 2.5), ("down", Orange, 2.5), ("± spread between devices", OxyColor.FromAColor(45, Grey), 12)]);
        for (int index = 0; index < spread.Count; index++)
        {
            const int Side = Width / HistogramsPerRow;
            int top = TitleHeight + CurveHeight + (index / HistogramsPerRow * HistogramHeight);
            Place(svg, Histogram(spread[index].Name, spread[index].Values, index % HistogramsPerRow == 0), index % HistogramsPerRow * Side, top, Side, HistogramHeight, index + 2);
        }

        return Svg.End(svg);
    }

    private static PlotModel Curves(DeviceResponse response)
    {
        PlotModel model = Model("Response to up, then down pulses", "pulses", "weight", grid: true);
        AreaSeries band = new() { Color = OxyColors.Transparent, Color2 = OxyColors.Transparent, Fill = OxyColor.FromAColor(60, Blue) };
        LineSeries mean = new() { Color = Blue, StrokeThickness = 2.5 };
        LineSeries[] singles = [.. Enumerable.Range(0, SingleDevices).Select(_ => new LineSeries { Color = OxyColor.FromAColor(170, Grey), StrokeThickness = 0.9 })];
        foreach ((int pulse, float[] weights) in response.Curve)
        {
            (double average, double deviation) = weights.MeanStandardDeviation();
            band.Points.Add(new DataPoint(pulse, average + deviation));
            band.Points2.Add(new DataPoint(pulse, average - deviation));
            mean.Points.Add(new DataPoint(pulse, average));
            for (int index = 0; index < SingleDevices; index++) { singles[index].Points.Add(new DataPoint(pulse, weights[index * weights.Length / SingleDevices])); }
        }

        model.Series.Add(band);
        foreach (LineSeries single in singles) { model.Series.Add(single); }
        model.Series.Add(mean);
        model.Annotations.Add(new LineAnnotation { Type = LineAnnotationType.Vertical, X = response.Pulses, Color = Grey, LineStyle = LineStyle.Dash, StrokeThickness = 1 });
        model.Axes[0].Minimum = 0;
        model.Axes[0].Maximum = 2 * response.Pulses;
        return model;
    }

    /// <summary>What the weights of a cell's devices do meanwhile.</summary>
    private static PlotModel Parts(DeviceResponse response)
    {
        PlotModel model = Model("Devices of the cell", "pulses", "weight of a device", grid: true);
        for (int part = 0; part < response.Parts.Count; part++)
        {
            OxyColor colour = PartColours[part % PartColours.Length];
            AreaSeries band = new() { Color = OxyColors.Transparent, Color2 = OxyColors.Transparent, Fill = OxyColor.FromAColor(45, colour) };
            LineSeries mean = new() { Color = colour, StrokeThickness = 2.5 };
            foreach ((int pulse, float[] weights) in response.Parts[part].Curve)
            {
                (double average, double deviation) = weights.MeanStandardDeviation();
                band.Points.Add(new DataPoint(pulse, average + deviation));
                band.Points2.Add(new DataPoint(pulse, average - deviation));
                mean.Points.Add(new DataPoint(pulse, average));
            }

            model.Series.Add(band);
            model.Series.Add(mean);
        }

        model.Annotations.Add(new LineAnnotation { Type = LineAnnotationType.Vertical, X = response.Pulses, Color = Grey, LineStyle = LineStyle.Dash, StrokeThickness = 1 });
        model.Axes[0].Minimum = 0;
        model.Axes[0].Maximum = 2 * response.Pulses;
        return model;
    }

    private static (string Text, OxyColor Colour, double Thickness)[] PartNames(DeviceResponse response) =>
        [.. response.Parts.Select((part, index) => ($"device {part.Name}", PartColours[index % PartColours.Length], 2.5))];

    /// <summary>The kind of a device, with what a cell is made of.</summary>
    private static string Kind(DeviceParameters device)
    {
        IReadOnlyList<DeviceParameters> inside = device switch
        {
            UnitCell cell => cell.UnitCellDevices,
            DigitalRankUpdateCell rank => [rank.Device],
            _ => [],
        };
        return inside.Count == 0 ? device.GetType().Name : $"{device.GetType().Name} of {string.Join(", ", inside.Select(Kind))}";
    }

    private static PlotModel Steps(DeviceResponse response)
    {
        PlotModel model = Model("Size of a step", "weight before the pulse", "change of the weight", grid: true);
        foreach ((IReadOnlyList<(double Weight, double Mean, double Spread)> steps, OxyColor colour) in new[] { (response.UpSteps, Blue), (response.DownSteps, Orange) })
        {
            AreaSeries band = new() { Color = OxyColors.Transparent, Color2 = OxyColors.Transparent, Fill = OxyColor.FromAColor(45, colour) };
            LineSeries line = new() { Color = colour, StrokeThickness = 2.5 };
            foreach ((double weight, double mean, double spread) in steps)
            {
                band.Points.Add(new DataPoint(weight, mean + spread));
                band.Points2.Add(new DataPoint(weight, mean - spread));
                line.Points.Add(new DataPoint(weight, mean));
            }

            model.Series.Add(band);
            model.Series.Add(line);
        }

        return model;
    }

    private static PlotModel Histogram(string name, float[] values, bool isFirst)
    {
        PlotModel model = Model(name, "", isFirst ? "devices" : "", grid: false);
        (double least, double most) = (values.Min(), values.Max());
        double width = (most - least) / Bins;
        int[] counts = new int[Bins];
        foreach (float value in values) { counts[Math.Min((int)((value - least) / width), Bins - 1)]++; }
        RectangleBarSeries bars = new() { FillColor = OxyColor.FromAColor(170, Blue), StrokeColor = OxyColors.White, StrokeThickness = 1 };
        for (int bin = 0; bin < Bins; bin++)
        {
            if (counts[bin] > 0) { bars.Items.Add(new RectangleBarItem(least + (bin * width), 0, least + ((bin + 1) * width), counts[bin])); }
        }

        model.Series.Add(bars);
        model.Axes[0].MajorStep = Svg.Round((most - least) / 4);
        model.Axes[1].Minimum = 0;
        model.Axes[1].Maximum = counts.Max() * 1.08;
        model.TitleFontSize = 13;
        return model;
    }

    private static PlotModel Model(string title, string x, string y, bool grid)
    {
        PlotModel model = new()
        {
            Title = title,
            TitleFontSize = 15,
            TitleFontWeight = FontWeights.Normal,
            DefaultFont = "sans-serif",
            DefaultFontSize = 12,
            PlotAreaBorderThickness = new OxyThickness(1, 0, 0, 1),
            PlotAreaBorderColor = OxyColors.Black,
            Padding = new OxyThickness(y.Length > 0 ? 4 : 14, 6, 18, 6),
        };
        foreach ((AxisPosition position, string label) in new[] { (AxisPosition.Bottom, x), (AxisPosition.Left, y) })
        {
            model.Axes.Add(new LinearAxis
            {
                Position = position,
                Title = label,
                MajorGridlineStyle = grid ? LineStyle.Solid : LineStyle.None,
                MajorGridlineColor = OxyColor.FromRgb(0xe4, 0xe4, 0xe4),
                TickStyle = TickStyle.Outside,
                MinorTickSize = 0,
                AxisTitleDistance = position == AxisPosition.Left ? 24 : 8,
                StringFormat = "G5",
            });
        }

        return model;
    }

    /// <summary>Strokes and words below a panel; the library would place them by widths of a font that is not the reader's.</summary>
    private static void Legend(StringBuilder svg, int left, (string Text, OxyColor Colour, double Thickness)[] entries)
    {
        const int Stroke = 26;
        const double LetterWidth = 7;
        const int Gap = 28;
        double width = entries.Sum(entry => Stroke + 8 + (LetterWidth * entry.Text.Length)) + (Gap * (entries.Length - 1));
        double x = left + ((Width / 2.0) - width) / 2;
        int y = TitleHeight + CurveHeight - LegendHeight + 10;
        foreach ((string text, OxyColor colour, double thickness) in entries)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x:F1}\" y1=\"{y}\" x2=\"{x + Stroke:F1}\" y2=\"{y}\" stroke=\"#{colour.R:x2}{colour.G:x2}{colour.B:x2}\" ");
            svg.Append(CultureInfo.InvariantCulture, $"stroke-opacity=\"{colour.A / 255.0:F2}\" stroke-width=\"{thickness}\"/>\n");
            Svg.Text(svg, x + Stroke + 8, y + 4, 12, "start", "black", text);
            x += Stroke + 8 + (LetterWidth * text.Length) + Gap;
        }
    }

    private static void Place(StringBuilder svg, PlotModel model, int left, int top, int width, int height, int number)
    {
        string panel = new SvgExporter { Width = width, Height = height, IsDocument = false }.ExportToString(model);
        panel = panel[panel.IndexOf("<svg", StringComparison.Ordinal)..];

        // Names of clip paths are known in the whole document, not only in their panel.
        panel = ClipPath().Replace(panel, $"panel{number.ToString(CultureInfo.InvariantCulture)}-clip");
        svg.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate({left} {top})\">\n").Append(panel).Append("</g>\n");
    }

    [GeneratedRegex("clipPath(?=[0-9])")]
    private static partial Regex ClipPath();
}
