using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// Inverse normal distribution function by octaves of the tail probability: for the odd magnitude m = t * 2^k, t in [1, 2), the normal
/// with upper tail probability m * 2^-32 is a polynomial of degree 6 in s = t - 1.5. Layout: [degree d][(k - 1) mod 32], where the second
/// index is the low five bits of the exponent field of the 32-bit float m; entry 30 (m rounded up to 2^31, probability one half) is zero.
/// Derived by docs/derivations/normal_table.py; largest error 7.1e-7 relative to max(z, 1).
/// </summary>
internal static unsafe class NormalTable
{
    /// <summary>Octaves of one coefficient row.</summary>
    public const int Octaves = 32;

    /// <summary>Degree of the polynomials.</summary>
    public const int Degree = 6;

    /// <summary>The table in memory aligned to a cache line, so that a 16-lane load never splits; never freed.</summary>
    public static readonly float* Aligned = Allocate();

    private static ReadOnlySpan<float> Coefficients =>
    [
        // s^0
        6.0558267f, 5.943267f, 5.8286448f, 5.7118435f,
        5.592737f, 5.4711857f, 5.3470345f, 5.2201133f,
        5.090231f, 4.957175f, 4.820706f, 4.680553f,
        4.536408f, 4.387918f, 4.2346754f, 4.0762067f,
        3.911953f, 3.7412524f, 3.5633078f, 3.377146f,
        3.1815596f, 2.9750206f, 2.755549f, 2.5205023f,
        2.2662268f, 1.9874278f, 1.6759397f, 1.3180109f,
        0.88714653f, 0.31863937f, 0f, 6.1664295f,
        // s^1
        -0.10730476f, -0.10923629f, -0.11127429f, -0.113428816f,
        -0.1157113f, -0.118134804f, -0.12071431f, -0.12346712f,
        -0.12641332f, -0.12957639f, -0.13298395f, -0.13666883f,
        -0.14067024f, -0.1450356f, -0.14982277f, -0.15510324f,
        -0.1609665f, -0.16752627f, -0.17492951f, -0.18337005f,
        -0.19310936f, -0.20451f, -0.2180914f, -0.23462813f,
        -0.25533453f, -0.2822417f, -0.31905454f, -0.37341753f,
        -0.46441585f, -0.659298f, 0f, -0.10547081f,
        // s^2
        0.03486417f, 0.03545905f, 0.036084875f, 0.036744393f,
        0.037440702f, 0.0381773f, 0.03895817f, 0.039787862f,
        0.0406716f, 0.0416154f, 0.04262627f, 0.04371237f,
        0.044883307f, 0.046150465f, 0.047527414f, 0.04903051f,
        0.050679605f, 0.052499056f, 0.05451905f, 0.056777403f,
        0.059321996f, 0.062214024f, 0.06553218f, 0.06937722f,
        0.07387415f, 0.079159714f, 0.08530205f, 0.091892645f,
        0.09567185f, 0.06925451f, 0f, 0.034297794f,
        // s^3
        -0.015228321f, -0.015481911f, -0.015748365f, -0.016028792f,
        -0.016324442f, -0.016636726f, -0.016967235f, -0.017317789f,
        -0.017690463f, -0.018087642f, -0.018512081f, -0.018966984f,
        -0.019456092f, -0.019983813f, -0.020555373f, -0.021177014f,
        -0.021856261f, -0.022602271f, -0.023426285f, -0.024342258f,
        -0.0253677f, -0.026524836f, -0.02784218f, -0.029356668f,
        -0.031116473f, -0.033184722f, -0.035646155f, -0.038641997f,
        -0.042770628f, -0.057237078f, 0f, -0.014986603f,
        // s^4
        0.0075476184f, 0.0076713273f, 0.0078012096f, 0.007937791f,
        0.008081657f, 0.008233472f, 0.008393983f, 0.008564042f,
        0.008744616f, 0.008936816f, 0.009141921f, 0.009361413f,
        0.009597018f, 0.009850762f, 0.0101250345f, 0.010422682f,
        0.010747119f, 0.011102475f, 0.011493797f, 0.011927315f,
        0.012410796f, 0.0129540395f, 0.013569547f, 0.014273436f,
        0.0150866695f, 0.01603662f, 0.017158749f, 0.018495845f,
        0.020040441f, 0.018963873f, 0f, 0.0074296137f,
        // s^5
        -0.0046477728f, -0.004722872f, -0.0048016645f, -0.00488446f,
        -0.0049716043f, -0.0050634868f, -0.0051605455f, -0.005263278f,
        -0.0053722505f, -0.00548811f, -0.005611599f, -0.005743577f,
        -0.005885042f, -0.00603716f, -0.0062013045f, -0.0063791038f,
        -0.006572504f, -0.006783849f, -0.0070159915f, -0.0072724326f,
        -0.0075575183f, -0.007876701f, -0.008236899f, -0.008646991f,
        -0.009118484f, -0.009666397f, -0.010310347f, -0.011075793f,
        -0.01200225f, -0.014101764f, 0f, -0.0045760903f,
        // s^6
        0.0025891752f, 0.0026306403f, 0.0026741265f, 0.002719801f,
        0.0027678513f, 0.002818488f, 0.002871948f, 0.0029284998f,
        0.0029884484f, 0.0030521415f, 0.0031199788f, 0.003192421f,
        0.0032700025f, 0.0033533468f, 0.0034431862f, 0.0035403874f,
        0.0036459833f, 0.0037612154f, 0.0038875896f, 0.004026949f,
        0.0041815746f, 0.004354317f, 0.0045487834f, 0.0047695846f,
        0.0050226822f, 0.0053158463f, 0.0056592384f, 0.006066051f,
        0.006551981f, 0.006815312f, 0f, 0.0025495808f,
    ];

#pragma warning disable CA2255 // The table must exist before a loop that uses it is compiled: a late initialisation check would sit inside the loop.
    [ModuleInitializer]
    internal static void Initialise() => RuntimeHelpers.RunClassConstructor(typeof(NormalTable).TypeHandle);
#pragma warning restore CA2255

    private static float* Allocate()
    {
        var bytes = (nuint)Coefficients.Length * sizeof(float);
        var table = (float*)NativeMemory.AlignedAlloc(bytes, 64);
        Coefficients.CopyTo(new Span<float>(table, Coefficients.Length));
        return table;
    }
}
