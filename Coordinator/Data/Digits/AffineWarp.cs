namespace Tessera.Coordination.Data.Digits;

/// <summary>A random placement of the unit box on the 28 x 28 canvas: scale, shear, rotation about the centre, translation.</summary>
/// <param name="XX">Pixels to the right for one unit of x.</param>
/// <param name="XY">Pixels to the right for one unit of y.</param>
/// <param name="YX">Pixels downward for one unit of x.</param>
/// <param name="YY">Pixels downward for one unit of y.</param>
/// <param name="CentreX">Column of the box's centre.</param>
/// <param name="CentreY">Row of the box's centre.</param>
internal readonly record struct AffineWarp(float XX, float XY, float YX, float YY, float CentreX, float CentreY)
{
    /// <summary>
    /// Composes rotation * shear * scale. The rotation is given by the tangent of half its angle, so that cosine and sine are the rational
    /// functions (1 - t^2) / (1 + t^2) and 2 t / (1 + t^2), whose bits do not depend on a library.
    /// </summary>
    /// <param name="halfTangent">Tangent of half the angle of rotation.</param>
    /// <param name="shear">x moves by shear * y.</param>
    /// <param name="width">Pixels of the box's width.</param>
    /// <param name="height">Pixels of the box's height.</param>
    /// <param name="centreX">Column of the box's centre.</param>
    /// <param name="centreY">Row of the box's centre.</param>
    public static AffineWarp Compose(float halfTangent, float shear, float width, float height, float centreX, float centreY)
    {
        var norm = 1f / (1f + (halfTangent * halfTangent));
        var cosine = (1f - (halfTangent * halfTangent)) * norm;
        var sine = 2f * halfTangent * norm;
        return new AffineWarp(
            cosine * width,
            ((cosine * shear) - sine) * height,
            sine * width,
            ((sine * shear) + cosine) * height,
            centreX,
            centreY);
    }

    /// <summary>Column of a point of the unit box.</summary>
    public float ToColumn(float x, float y) => CentreX + (XX * (x - 0.5f)) + (XY * (y - 0.5f));

    /// <summary>Row of a point of the unit box.</summary>
    public float ToRow(float x, float y) => CentreY + (YX * (x - 0.5f)) + (YY * (y - 0.5f));
}
