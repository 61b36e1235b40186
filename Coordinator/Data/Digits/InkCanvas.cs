namespace Tessera.Coordination.Data.Digits;

/// <summary>
/// For every pixel of a 28 x 28 canvas the squared distance to the nearest pen line so far; ink is dense within the pen's radius and fades
/// over one pixel.
/// </summary>
internal readonly ref struct InkCanvas
{
    /// <summary>Rows and columns.</summary>
    public const int Side = 28;

    /// <summary>Pixels.</summary>
    public const int Pixels = Side * Side;

    private readonly Span<float> _squaredDistances; // [row * Side + column]
    private readonly float _reach; // radius of the pen and half a pixel of fading

    /// <summary>Starts an empty canvas over the caller's memory.</summary>
    /// <param name="scratch">[Pixels], overwritten.</param>
    /// <param name="radius">Half the width of the pen, pixels.</param>
    public InkCanvas(Span<float> scratch, float radius)
    {
        _squaredDistances = scratch[..Pixels];
        _reach = radius + 0.5f;
        _squaredDistances.Fill(float.MaxValue);
    }

    /// <summary>Draws a straight line; only pixels that it can ink are visited.</summary>
    public void Line(float column0, float row0, float column1, float row1)
    {
        var firstColumn = Math.Max(0, (int)MathF.Ceiling(MathF.Min(column0, column1) - _reach));
        var lastColumn = Math.Min(Side - 1, (int)MathF.Floor(MathF.Max(column0, column1) + _reach));
        var firstRow = Math.Max(0, (int)MathF.Ceiling(MathF.Min(row0, row1) - _reach));
        var lastRow = Math.Min(Side - 1, (int)MathF.Floor(MathF.Max(row0, row1) + _reach));
        var dx = column1 - column0;
        var dy = row1 - row0;
        var inverseLength = 1f / MathF.Max((dx * dx) + (dy * dy), 1e-12f);
        for (var row = firstRow; row <= lastRow; row++)
        {
            for (var column = firstColumn; column <= lastColumn; column++)
            {
                var px = column - column0;
                var py = row - row0;
                var along = MathF.Min(MathF.Max(((px * dx) + (py * dy)) * inverseLength, 0f), 1f);
                var offX = px - (along * dx);
                var offY = py - (along * dy);
                ref var nearest = ref _squaredDistances[(row * Side) + column];
                nearest = MathF.Min(nearest, (offX * offX) + (offY * offY));
            }
        }
    }

    /// <summary>Share of a pixel that is inked, 0 to 1.</summary>
    public float Coverage(int pixel)
    {
        var squared = _squaredDistances[pixel];
        return squared >= _reach * _reach ? 0f : MathF.Min(1f, _reach - MathF.Sqrt(squared));
    }
}
