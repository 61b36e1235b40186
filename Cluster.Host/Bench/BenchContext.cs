using Tessera.Kernels.Numerics;

namespace Tessera.Host.Bench;

/// <summary>What a suite needs: the thread counts, each with the limits measured for it, and where results go.</summary>
/// <param name="Limits">One entry per thread count, one thread first.</param>
/// <param name="Accepts">Whether an operation passes the user's filter.</param>
/// <param name="Report">Receives each result as soon as it is known.</param>
internal sealed record BenchContext(IReadOnlyList<MachineLimits> Limits, Func<string, bool> Accepts, Action<BenchResult> Report)
{
    /// <summary>Fills a buffer with uniforms in (-1, 1), the same on every run.</summary>
    public static void FillUniform(Span<float> values, uint salt)
    {
        var key = RandomKey.Derive(new TileIdentity(salt, 0), RandomStream.Data);
        RandomField.Uniforms(key, new DrawAddress(0, salt, 0), 0, values);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (2 * values[i]) - 1;
        }
    }
}
