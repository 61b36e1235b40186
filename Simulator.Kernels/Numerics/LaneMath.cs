using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static Tessera.Kernels.Numerics.FunctionConstants;

namespace Tessera.Kernels.Numerics;

/// <summary>
/// Elementary functions of 16 lanes: the same operations in the same order as <see cref="ScalarMath"/>, hence the same bits. Errors and special
/// values are stated there.
/// </summary>
public static class LaneMath
{
    /// <summary>e^x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var clamped = Vector512.Min(Vector512.Max(x, Vector512.Create(ExpMin)), Vector512.Create(ExpMax));
        var n = Vector512.Round(clamped * Vector512.Create(Log2E));
        var r = Vector512.FusedMultiplyAdd(-n, Vector512.Create(Ln2High), clamped);
        r = Vector512.FusedMultiplyAdd(-n, Vector512.Create(Ln2Low), r);
        var p = Step(Vector512.Create(Exp0), r, Exp1);
        p = Step(p, r, Exp2);
        p = Step(p, r, Exp3);
        p = Step(p, r, Exp4);
        p = Step(p, r, Exp5);
        var y = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;

        var whole = Vector512.ConvertToInt32(n);
        var half = whole >> 1;
        y = y * PowerOfTwo(half) * PowerOfTwo(whole - half);
        y = Select(Vector512.GreaterThan(x, Vector512.Create(ExpMax)), Vector512.Create(float.PositiveInfinity), y);
        y = Select(Vector512.LessThan(x, Vector512.Create(ExpMin)), Vector512<float>.Zero, y);
        return Select(Vector512.Equals(x, x), y, x);
    }

    /// <summary>Natural logarithm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> x)
    {
        var isTiny = Vector512.LessThan(x, Vector512.Create(SmallestNormal));
        var scaled = Select(isTiny, x * Vector512.Create(TwoPower23), x);
        var bits = scaled.AsInt32();
        var exponent = (bits - Vector512.Create(SqrtHalfBits)) >> 23;
        var f = (bits - (exponent << 23)).AsSingle() - Vector512<float>.One;
        var e = Vector512.ConvertToSingle(exponent) - Select(isTiny, Vector512.Create(23f), Vector512<float>.Zero);
        var z = f * f;
        var p = Step(Vector512.Create(Log0), f, Log1);
        p = Step(p, f, Log2);
        p = Step(p, f, Log3);
        p = Step(p, f, Log4);
        p = Step(p, f, Log5);
        p = Step(p, f, Log6);
        p = Step(p, f, Log7);
        p = Step(p, f, Log8);
        var y = Vector512.FusedMultiplyAdd(e, Vector512.Create(Ln2Low), p * f * z);
        y = Vector512.FusedMultiplyAdd(z, Vector512.Create(-0.5f), y);
        y = Vector512.FusedMultiplyAdd(e, Vector512.Create(Ln2High), f + y);
        y = Select(Vector512.Equals(x, Vector512.Create(float.PositiveInfinity)), x, y);
        y = Select(Vector512.Equals(x, Vector512<float>.Zero), Vector512.Create(float.NegativeInfinity), y);
        return Select(Vector512.GreaterThanOrEqual(x, Vector512<float>.Zero), y, Vector512.Create(float.NaN));
    }

    /// <summary>Hyperbolic tangent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x)
    {
        var a = Vector512.Abs(x);
        var z = x * x;
        var core = Step(Vector512.Create(Tanh0), z, Tanh1);
        core = Step(core, z, Tanh2);
        core = Step(core, z, Tanh3);
        core = Step(core, z, Tanh4);
        core = Vector512.FusedMultiplyAdd(core * z, x, x);
        var tail = Vector512<float>.One - (Vector512.Create(2f) / (Exp(a + a) + Vector512<float>.One));
        tail = Select(Vector512.GreaterThan(a, Vector512.Create(TanhOne)), Vector512<float>.One, tail);
        tail = WithSignOf(tail, x);
        return Select(Vector512.GreaterThanOrEqual(a, Vector512.Create(TanhSplit)), tail, core);
    }

    /// <summary>Logistic function 1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var t = Exp(-Vector512.Abs(x));
        return Select(Vector512.LessThan(x, Vector512<float>.Zero), t, Vector512<float>.One) / (Vector512<float>.One + t);
    }

    /// <summary>Error function.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Erf(Vector512<float> x)
    {
        var t = Vector512.Abs(x);
        var s = x * x;
        var tail = Vector512.FusedMultiplyAdd(Step(Vector512.Create(ErfTail0), t, ErfTail1), s, Step(Vector512.Create(ErfTail2), t, ErfTail3));
        tail = Step(tail, t, ErfTail4);
        tail = Step(tail, t, ErfTail5);
        tail = Step(tail, t, ErfTail6);
        tail = Vector512.FusedMultiplyAdd(tail, t, -t);
        tail = WithSignOf(Vector512<float>.One - Exp(tail), x);
        var core = Step(Vector512.Create(ErfCore0), s, ErfCore1);
        core = Step(core, s, ErfCore2);
        core = Step(core, s, ErfCore3);
        core = Step(core, s, ErfCore4);
        core = Step(core, s, ErfCore5);
        core = Vector512.FusedMultiplyAdd(core, x, x);
        return Select(Vector512.GreaterThan(t, Vector512.Create(ErfSplit)), tail, core);
    }

    /// <summary>Sine of angles in radians.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sin(Vector512<float> x) => Trigonometric(x, Vector512<int>.Zero);

    /// <summary>Cosine of angles in radians.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Cos(Vector512<float> x) => Trigonometric(x, Vector512<int>.One);

    /// <summary>Exponentials of a row; <paramref name="x"/> and <paramref name="y"/> may be the same memory.</summary>
    public static void Exp(ReadOnlySpan<float> x, Span<float> y)
    {
        var whole = RequireSameLength(x, y) & -Lanes.Count;
        for (var i = 0; i < whole; i += Lanes.Count)
        {
            Exp(Load(x, i)).StoreUnsafe(ref y[i]);
        }

        for (var i = whole; i < x.Length; i++)
        {
            y[i] = ScalarMath.Exp(x[i]);
        }
    }

    /// <summary>Hyperbolic tangents of a row; <paramref name="x"/> and <paramref name="y"/> may be the same memory.</summary>
    public static void Tanh(ReadOnlySpan<float> x, Span<float> y)
    {
        var whole = RequireSameLength(x, y) & -Lanes.Count;
        for (var i = 0; i < whole; i += Lanes.Count)
        {
            Tanh(Load(x, i)).StoreUnsafe(ref y[i]);
        }

        for (var i = whole; i < x.Length; i++)
        {
            y[i] = ScalarMath.Tanh(x[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Trigonometric(Vector512<float> x, Vector512<int> quarterTurns)
    {
        var inRange = Vector512.LessThanOrEqual(Vector512.Abs(x), Vector512.Create(TrigMax));
        var safe = Select(inRange, x, Vector512<float>.Zero);
        var n = Vector512.Round(safe * Vector512.Create(TwoOverPi));
        var r = Vector512.FusedMultiplyAdd(-n, Vector512.Create(HalfPi0), safe);
        r = Vector512.FusedMultiplyAdd(-n, Vector512.Create(HalfPi1), r);
        r = Vector512.FusedMultiplyAdd(-n, Vector512.Create(HalfPi2), r);
        var quadrant = Vector512.ConvertToInt32(n) + quarterTurns;
        var z = r * r;
        var sine = Step(Step(Vector512.Create(Sin0), z, Sin1), z, Sin2);
        sine = Vector512.FusedMultiplyAdd(sine * z, r, r);
        var cosine = Step(Step(Vector512.Create(Cos0), z, Cos1), z, Cos2);
        cosine = Vector512.FusedMultiplyAdd(cosine * z, z, Vector512.FusedMultiplyAdd(z, Vector512.Create(-0.5f), Vector512<float>.One));
        var y = Select(Vector512.Equals(quadrant & Vector512<int>.One, Vector512<int>.Zero).AsSingle(), sine, cosine);
        y = Select(Vector512.Equals(quadrant & Vector512.Create(2), Vector512<int>.Zero).AsSingle(), y, -y);
        return Select(inRange, y, Vector512.Create(float.NaN));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Step(Vector512<float> p, Vector512<float> x, float coefficient) =>
        Vector512.FusedMultiplyAdd(p, x, Vector512.Create(coefficient));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Select(Vector512<float> mask, Vector512<float> yes, Vector512<float> no) =>
        Vector512.ConditionalSelect(mask, yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<int> n) => ((n + Vector512.Create(127)) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> WithSignOf(Vector512<float> magnitude, Vector512<float> sign) =>
        Vector512.ConditionalSelect(Vector512.Create(int.MinValue).AsSingle(), sign, magnitude);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(ReadOnlySpan<float> x, int index) => Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(x), (nuint)index);

    private static int RequireSameLength(ReadOnlySpan<float> x, Span<float> y) =>
        x.Length == y.Length ? x.Length : throw new ArgumentException($"Expected {x.Length} results, got room for {y.Length}.");
}
