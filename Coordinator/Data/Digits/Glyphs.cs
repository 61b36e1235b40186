namespace Tessera.Coordination.Data.Digits;

/// <summary>
/// How people draw the ten digits: for each class a few variants, each a list of strokes, each stroke the points that a pen passes, in a box
/// of 1 x 1 with y downward. Between the points the pen follows a Catmull-Rom spline; corners are where one stroke ends and the next begins.
/// </summary>
internal static class Glyphs
{
    /// <summary>Longest stroke in points; scratch memory is sized by it.</summary>
    public const int PointsMax = 12;

    /// <summary>[class][variant][stroke][x0, y0, x1, y1, ...].</summary>
    private static readonly float[][][][] Variants =
    [
        [ // 0: wide, narrow and overlapping at the top, leaning egg
            [[.50f, .08f, .28f, .22f, .20f, .50f, .28f, .78f, .50f, .92f, .72f, .78f, .80f, .50f, .72f, .22f, .50f, .08f]],
            [[.58f, .12f, .40f, .16f, .31f, .50f, .36f, .80f, .52f, .92f, .66f, .78f, .70f, .46f, .64f, .18f, .46f, .08f]],
            [[.64f, .14f, .42f, .20f, .24f, .54f, .30f, .84f, .48f, .90f, .68f, .70f, .76f, .36f, .66f, .12f, .48f, .16f]],
        ],
        [ // 1: a bar, with a flag, with flag and foot
            [[.50f, .08f, .50f, .50f, .50f, .92f]],
            [[.30f, .30f, .42f, .22f, .54f, .08f], [.54f, .08f, .53f, .50f, .52f, .92f]],
            [[.36f, .26f, .52f, .08f], [.52f, .08f, .52f, .90f], [.30f, .91f, .52f, .90f, .74f, .91f]],
        ],
        [ // 2: angular foot, looped foot, flat and wide
            [[.24f, .28f, .34f, .12f, .54f, .08f, .72f, .20f, .70f, .40f, .50f, .64f, .24f, .90f], [.24f, .90f, .50f, .88f, .78f, .90f]],
            [[.26f, .25f, .40f, .10f, .62f, .12f, .72f, .30f, .60f, .55f, .38f, .80f, .24f, .88f, .22f, .76f, .36f, .74f, .56f, .86f, .82f, .86f]],
            [[.20f, .20f, .46f, .10f, .70f, .18f, .72f, .36f, .48f, .58f, .20f, .84f], [.20f, .84f, .46f, .80f, .84f, .84f]],
        ],
        [ // 3: two bows, flat top, one flowing line
            [[.26f, .18f, .44f, .08f, .66f, .14f, .70f, .32f, .46f, .46f], [.46f, .46f, .72f, .56f, .76f, .76f, .54f, .92f, .24f, .82f]],
            [[.24f, .10f, .50f, .11f, .74f, .10f], [.74f, .10f, .46f, .42f], [.46f, .42f, .72f, .50f, .76f, .74f, .54f, .92f, .24f, .84f]],
            [[.28f, .14f, .56f, .08f, .70f, .24f, .58f, .42f, .44f, .48f, .62f, .54f, .74f, .70f, .62f, .88f, .40f, .92f, .22f, .86f]],
        ],
        [ // 4: open, closed, rounded and open
            [[.30f, .10f, .24f, .54f], [.24f, .54f, .52f, .53f, .82f, .50f], [.66f, .14f, .64f, .50f, .62f, .92f]],
            [[.62f, .08f, .40f, .36f, .18f, .64f], [.18f, .64f, .50f, .63f, .84f, .62f], [.62f, .08f, .62f, .50f, .62f, .92f]],
            [[.28f, .10f, .24f, .38f, .36f, .52f, .54f, .52f, .70f, .42f], [.72f, .10f, .69f, .46f, .64f, .92f]],
        ],
        [ // 5: with a separate roof, angular, one flowing line
            [[.34f, .12f, .29f, .44f], [.29f, .44f, .52f, .38f, .72f, .52f, .72f, .76f, .50f, .92f, .24f, .84f], [.34f, .12f, .54f, .12f, .76f, .09f]],
            [[.72f, .12f, .32f, .12f], [.32f, .12f, .30f, .46f], [.30f, .46f, .60f, .46f, .74f, .66f, .62f, .88f, .26f, .90f]],
            [[.76f, .10f, .52f, .10f, .36f, .18f, .32f, .36f, .46f, .46f, .64f, .54f, .72f, .70f, .58f, .88f, .38f, .91f, .22f, .82f]],
        ],
        [ // 6: round back, straight back, narrow loop
            [[.66f, .10f, .42f, .28f, .26f, .58f, .32f, .84f, .54f, .92f, .74f, .78f, .70f, .58f, .50f, .50f, .30f, .64f]],
            [[.46f, .06f, .33f, .40f, .28f, .70f, .42f, .90f, .62f, .88f, .72f, .70f, .58f, .55f, .38f, .62f, .30f, .74f]],
            [[.60f, .08f, .42f, .34f, .34f, .62f, .36f, .86f, .52f, .92f, .64f, .76f, .56f, .60f, .40f, .68f]],
        ],
        [ // 7: plain, with a bar through the stem, with a serif
            [[.22f, .13f, .50f, .12f, .78f, .12f], [.78f, .12f, .58f, .46f, .44f, .92f]],
            [[.24f, .13f, .50f, .13f, .76f, .11f], [.76f, .11f, .58f, .50f, .44f, .92f], [.38f, .52f, .74f, .49f]],
            [[.24f, .28f, .26f, .12f], [.26f, .12f, .76f, .13f], [.76f, .13f, .62f, .50f, .54f, .92f]],
        ],
        [ // 8: one crossing line, two rings, small head
            [[.68f, .20f, .50f, .08f, .31f, .20f, .37f, .38f, .60f, .54f, .74f, .74f, .52f, .92f, .28f, .78f, .37f, .57f, .60f, .42f, .70f, .22f]],
            [
                [.50f, .08f, .32f, .16f, .32f, .36f, .50f, .46f, .68f, .36f, .68f, .16f, .50f, .08f],
                [.50f, .46f, .28f, .58f, .27f, .82f, .50f, .92f, .73f, .82f, .72f, .58f, .50f, .46f],
            ],
            [[.62f, .18f, .48f, .10f, .36f, .20f, .42f, .36f, .66f, .58f, .72f, .80f, .48f, .92f, .26f, .80f, .38f, .56f, .58f, .36f, .64f, .20f]],
        ],
        [ // 9: straight stem, hooked tail, leaning
            [[.70f, .24f, .52f, .09f, .31f, .18f, .29f, .40f, .48f, .49f, .67f, .38f, .71f, .22f], [.71f, .22f, .69f, .56f, .62f, .92f]],
            [[.68f, .26f, .52f, .09f, .30f, .22f, .32f, .42f, .52f, .46f, .68f, .32f], [.69f, .20f, .72f, .56f, .62f, .84f, .44f, .92f, .28f, .84f]],
            [[.72f, .16f, .50f, .10f, .32f, .28f, .38f, .46f, .56f, .44f, .72f, .18f], [.72f, .18f, .60f, .56f, .44f, .92f]],
        ],
    ];

    /// <summary>Variants of a class.</summary>
    public static int VariantCount(int digit) => Variants[digit].Length;

    /// <summary>Strokes of a variant, each the points x0, y0, x1, y1, ....</summary>
    public static float[][] Strokes(int digit, int variant) => Variants[digit][variant];
}
