using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Host.Bench;

/// <summary>What this machine can do at most, measured in the same run as everything that is compared with it.</summary>
/// <param name="Threads">Threads that ran at once.</param>
/// <param name="FmaGflops">Fused multiply-adds from registers, in 10^9 floating-point operations per second over all threads.</param>
/// <param name="BandwidthGBs">Reading memory far larger than the caches, in 10^9 bytes per second over all threads.</param>
internal sealed record MachineLimits(int Threads, double FmaGflops, double BandwidthGBs)
{
    private const int FmaChains = 12;
    private const int FmaRounds = 20_000;
    private const int StreamFloats = 32 << 20;

    private const double FmaFlops = (double)FmaRounds * FmaChains * Lanes.Count * 2;

    /// <summary>Seconds of <paramref name="operation"/>, and the FMA peak in GFLOP/s in windows that alternate with its own.</summary>
    public static (double FmaGflops, double Seconds) MeasureAgainstFma(int threads, Action<int> operation)
    {
        var sinks = new float[threads * Lanes.Count];
        var (fma, seconds) = Bench.Measure.Seconds(threads, t => sinks[t * Lanes.Count] = FmaChain(FmaRounds), operation);
        return (FmaFlops * threads / fma / 1e9, seconds);
    }

    /// <summary>Measures both limits.</summary>
    public static MachineLimits Measure(int threads)
    {
        var sinks = new float[threads * Lanes.Count];
        var fmaSeconds = Bench.Measure.Seconds(threads, t => sinks[t * Lanes.Count] = FmaChain(FmaRounds));

        using var stream = new NativeBuffer<float>(StreamFloats);
        var share = StreamFloats / threads;
        var readSeconds = Bench.Measure.Seconds(threads, t => sinks[t * Lanes.Count] = ReadAll(stream.Span.Slice(t * share, share)));
        return new MachineLimits(threads, FmaFlops * threads / fmaSeconds / 1e9, (double)share * threads * sizeof(float) / readSeconds / 1e9);
    }

    /// <summary>One line for a person.</summary>
    public string Describe() =>
        string.Create(CultureInfo.InvariantCulture, $"{Threads} {(Threads == 1 ? "thread" : "threads")}: FMA peak {FmaGflops:F1} GFLOP/s, memory {BandwidthGBs:F1} GB/s");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float FmaChain(int rounds)
    {
        var a = Vector512.Create(0.9999f);
        var b = Vector512.Create(1e-3f);
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        Vector512<float> c6 = default, c7 = default, c8 = default, c9 = default, c10 = default, c11 = default;
        for (var i = 0; i < rounds; i++)
        {
            c0 = Vector512.FusedMultiplyAdd(c0, a, b);
            c1 = Vector512.FusedMultiplyAdd(c1, a, b);
            c2 = Vector512.FusedMultiplyAdd(c2, a, b);
            c3 = Vector512.FusedMultiplyAdd(c3, a, b);
            c4 = Vector512.FusedMultiplyAdd(c4, a, b);
            c5 = Vector512.FusedMultiplyAdd(c5, a, b);
            c6 = Vector512.FusedMultiplyAdd(c6, a, b);
            c7 = Vector512.FusedMultiplyAdd(c7, a, b);
            c8 = Vector512.FusedMultiplyAdd(c8, a, b);
            c9 = Vector512.FusedMultiplyAdd(c9, a, b);
            c10 = Vector512.FusedMultiplyAdd(c10, a, b);
            c11 = Vector512.FusedMultiplyAdd(c11, a, b);
        }

        return Vector512.Sum(((c0 + c1) + (c2 + c3)) + ((c4 + c5) + (c6 + c7)) + ((c8 + c9) + (c10 + c11)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float ReadAll(ReadOnlySpan<float> values)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        ref var first = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(values);
        for (nuint i = 0; i + 64 <= (nuint)values.Length; i += 64)
        {
            s0 += Vector512.LoadUnsafe(ref first, i);
            s1 += Vector512.LoadUnsafe(ref first, i + 16);
            s2 += Vector512.LoadUnsafe(ref first, i + 32);
            s3 += Vector512.LoadUnsafe(ref first, i + 48);
        }

        return Vector512.Sum((s0 + s1) + (s2 + s3));
    }
}
