using Tessera.Kernels.Numerics;

namespace Tessera.Host.Bench;

/// <summary>Random words and normals in nanoseconds each; goal 0.6 ns a normal.</summary>
internal static class NormalsBench
{
    private const int Length = 4096;

    /// <summary>Measures both.</summary>
    public static void Run(BenchContext context)
    {
        foreach (var limits in context.Limits)
        {
            Stream(context, limits, "random.words", null);
            Stream(context, limits, "random.normals", 0.6);
        }
    }

    private static void Stream(BenchContext context, MachineLimits limits, string op, double? goal)
    {
        if (!context.Accepts(op))
        {
            return;
        }

        var key = RandomKey.Derive(new TileIdentity(1, 2), RandomStream.OutputNoise);
        var words = new uint[limits.Threads][];
        var normals = new float[limits.Threads][];
        for (var t = 0; t < limits.Threads; t++)
        {
            words[t] = new uint[Length];
            normals[t] = new float[Length];
        }

        var seconds = op == "random.words"
            ? Measure.Seconds(limits.Threads, t => RandomField.Words(key, new DrawAddress(3, 4, 5), 6, words[t]))
            : Measure.Seconds(limits.Threads, t => RandomField.Normals(key, new DrawAddress(3, 4, 5), 6, normals[t]));
        var nanoseconds = seconds * 1e9 / Length / limits.Threads;
        context.Report(new BenchResult(op, null, Length, 1, limits.Threads, null, nanoseconds, "ns", null, null, limits.Threads == 1 ? goal : null));
    }
}
