using Tessera.Kernels.Numerics;

namespace Tessera.Coordination.Data.Digits;

/// <summary>The two parts of the built-in data.</summary>
public enum DigitsSplit
{
    /// <summary>60,000 samples to learn from.</summary>
    Train = 0,

    /// <summary>10,000 samples that only measure.</summary>
    Test = 1,
}

/// <summary>
/// Built-in handwriting: 28 x 28 images of the ten digits, drawn with a pen along splines. Sample i of a split is a pure function of
/// (split, i): every random number has an address under a seed that belongs to the data and not to the run.
/// </summary>
public static class DigitsGenerator
{
    /// <summary>Rows and columns of an image.</summary>
    public const int Side = InkCanvas.Side;

    /// <summary>Pixels of an image.</summary>
    public const int Pixels = InkCanvas.Pixels;

    /// <summary>Digits.</summary>
    public const int Classes = 10;

    private const ulong Seed = 0x7465_7373_6572_6131; // "tessera1"
    private const int StyleWords = 128;
    private const int SplineSteps = 5; // lines between two points of a stroke

    // Spread of the style, in standard deviations unless stated otherwise; chosen so that a linear classifier fails on one sample in ten or
    // more and a small perceptron on fewer than one in fifty.
    private const float HalfTangentSpread = 0.095f; // 11 degrees
    private const float ShearSpread = 0.17f;
    private const float WidthMean = 17f; // pixels
    private const float HeightMean = 21f; // pixels
    private const float ScaleSpread = 0.10f; // relative
    private const float ShiftSpread = 1.35f; // pixels
    private const float JitterSpread = 0.028f; // of the box
    private const float RadiusLow = 0.75f; // pixels, uniform
    private const float RadiusHigh = 1.65f; // pixels, uniform
    private const float InkLow = 0.75f; // uniform up to 1
    private const float InkNoise = 0.10f; // relative, per inked pixel
    private const uint SpeckleThreshold = (uint)(0.004 * 4294967296.0); // share of pixels that are dirt

    /// <summary>Samples of a split: 60,000 or 10,000.</summary>
    public static int Count(DigitsSplit split) => split == DigitsSplit.Train ? 60_000 : 10_000;

    /// <summary>Draws one sample.</summary>
    /// <param name="split">Part of the data.</param>
    /// <param name="index">0 or more; samples behind <see cref="Count"/> exist but belong to no set.</param>
    /// <param name="pixels">[784], row-major, overwritten; 0 is paper and 255 full ink.</param>
    /// <returns>The digit, 0 to 9.</returns>
    public static int Draw(DigitsSplit split, int index, Span<byte> pixels)
    {
        var key = RandomKey.Derive(new TileIdentity(Seed, (uint)split), RandomStream.Data, 0);
        Span<uint> words = stackalloc uint[StyleWords];
        RandomField.Words(key, new DrawAddress((uint)index, 0, 0), 0, words);
        var style = new StyleDraws(words);
        var digit = style.Below(Classes);
        var strokes = Glyphs.Strokes(digit, style.Below(Glyphs.VariantCount(digit)));
        var warp = DrawWarp(ref style);
        var radius = style.Between(RadiusLow, RadiusHigh);
        var ink = style.Between(InkLow, 1f);
        Span<float> scratch = stackalloc float[Pixels];
        var canvas = new InkCanvas(scratch, radius);
        foreach (var stroke in strokes)
        {
            DrawStroke(stroke, in warp, ref style, canvas);
        }

        Expose(key, index, canvas, ink, pixels);
        return digit;
    }

    private static AffineWarp DrawWarp(ref StyleDraws style)
    {
        var halfTangent = HalfTangentSpread * style.Bell();
        var shear = ShearSpread * style.Bell();
        var width = WidthMean * (1f + (ScaleSpread * style.Bell()));
        var height = HeightMean * (1f + (ScaleSpread * style.Bell()));
        var centreX = ((Side - 1) * 0.5f) + (ShiftSpread * style.Bell());
        var centreY = ((Side - 1) * 0.5f) + (ShiftSpread * style.Bell());
        return AffineWarp.Compose(halfTangent, shear, width, height, centreX, centreY);
    }

    private static void DrawStroke(float[] stroke, in AffineWarp warp, ref StyleDraws style, InkCanvas canvas)
    {
        Span<float> columns = stackalloc float[Glyphs.PointsMax];
        Span<float> rows = stackalloc float[Glyphs.PointsMax];
        var points = stroke.Length / 2;
        for (var i = 0; i < points; i++)
        {
            var x = stroke[2 * i] + (JitterSpread * style.Bell());
            var y = stroke[(2 * i) + 1] + (JitterSpread * style.Bell());
            columns[i] = warp.ToColumn(x, y);
            rows[i] = warp.ToRow(x, y);
        }

        for (var i = 0; i + 1 < points; i++)
        {
            var before = Math.Max(i - 1, 0);
            var after = Math.Min(i + 2, points - 1);
            var column = columns[i];
            var row = rows[i];
            for (var step = 1; step <= SplineSteps; step++)
            {
                var t = step * (1f / SplineSteps);
                var nextColumn = Spline(columns[before], columns[i], columns[i + 1], columns[after], t);
                var nextRow = Spline(rows[before], rows[i], rows[i + 1], rows[after], t);
                canvas.Line(column, row, nextColumn, nextRow);
                column = nextColumn;
                row = nextRow;
            }
        }
    }

    /// <summary>Catmull-Rom: passes p1 at t = 0 and p2 at t = 1, with slopes (p2 - p0) / 2 and (p3 - p1) / 2.</summary>
    private static float Spline(float p0, float p1, float p2, float p3, float t)
    {
        var cubic = (p3 - p0) + (3f * (p1 - p2));
        var square = (2f * p0) - (5f * p1) + (4f * p2) - p3;
        return p1 + (0.5f * t * ((p2 - p0) + (t * (square + (t * cubic)))));
    }

    private static void Expose(RandomKey key, int index, InkCanvas canvas, float ink, Span<byte> pixels)
    {
        Span<uint> words = stackalloc uint[Pixels];
        RandomField.Words(key, new DrawAddress((uint)index, 0, 1), 0, words);
        for (var pixel = 0; pixel < Pixels; pixel++)
        {
            var coverage = canvas.Coverage(pixel);
            var word = words[pixel];
            var value = coverage > 0f ? coverage * ink * (1f + (InkNoise * StyleDraws.Bell(word)))
                : word < SpeckleThreshold ? 0.15f + (0.35f * (word * (1f / SpeckleThreshold)))
                : 0f;
            pixels[pixel] = (byte)((MathF.Min(MathF.Max(value, 0f), 1f) * 255f) + 0.5f);
        }
    }
}
