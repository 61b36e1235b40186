using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Tessera.Kernels.Tests.Support;

namespace Tessera.Kernels.Tests.Numerics;

/// <summary>
/// Keeps out of the numeric project what breaks reproducibility: hidden randomness, clocks, threads, and arithmetic whose bits depend on the processor
/// or whose order of sums is not written down.
/// </summary>
public partial class BannedApiTests
{
    [Fact]
    public void Simulator_kernels_use_nothing_that_breaks_reproducibility()
    {
        var root = Path.GetFullPath(Path.Combine(SourceFolder(), "..", "..", ".."));

        Assert.Equal(string.Empty, SourceScan.Findings(root, ["Simulator.Kernels"], least: 10, Banned()));
    }

    [Theory]
    [InlineData("var r = new Random(1);")]
    [InlineData("var r = Random.Shared.NextSingle();")]
    [InlineData("var t = DateTime.UtcNow;")]
    [InlineData("var t = Stopwatch.GetTimestamp();")]
    [InlineData("Task.Run(() => 1);")]
    [InlineData("new Thread(Work).Start();")]
    [InlineData("Parallel.For(0, 3, Work);")]
    [InlineData("var v = new Vector<float>(1f);")]
    [InlineData("var v = Vector512.ReciprocalEstimate(x);")]
    [InlineData("var v = Vector512.Sum(x);")]
    [InlineData("var v = Vector256.Dot(x, y);")]
    [InlineData("var v = Vector512.MultiplyAddEstimate(x, y, z);")]
    [InlineData("var v = MathF.Exp(x);")]
    [InlineData("var v = Math.Pow(x, y);")]
    [InlineData("var v = float.Tanh(x);")]
    [InlineData("var v = Vector512.Log(x);")]
    [InlineData("TensorPrimitives.Add(a, b, c);")]
    [InlineData("foreach (var pair in dictionary)")]
    [InlineData("foreach (var value in _byName.Values)")]
    public void The_scan_finds(string line) => Assert.NotEmpty(SourceScan.Findings([line], Banned()));

    [Theory]
    [InlineData("/// <summary>Random numbers by address.</summary>")]
    [InlineData("public static class RandomField")]
    [InlineData("var v = MathF.Sqrt(x);")]
    [InlineData("var v = MathF.FusedMultiplyAdd(a, b, c);")]
    [InlineData("var v = ScalarMath.Exp(x);")]
    [InlineData("var v = LaneMath.Log(x);")]
    [InlineData("foreach (var value in span)")]
    public void The_scan_lets_pass(string line) => Assert.Empty(SourceScan.Findings([line], Banned()));

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex(
        @"\bRandom\s*[.(]|\bRandomNumberGenerator\b|\bDateTime(Offset)?\b|\bStopwatch\b|\bEnvironment\.TickCount|\bTimeProvider\b|\bTask\.|\bThread(Pool)?\b|\bParallel\."
        + @"|\bVector<|\w+Estimate\b|\bVector(64|128|256|512)?\.(Sum|Dot|Exp|Log|Log2|Sin|Cos|SinCos|Hypot)\b|\bTensorPrimitives\b"
        + @"|\b(MathF|Math|float|double|Single|Double)\.(A?(Sin|Cos|Tan)h?|Atan2|SinCos|Exp|Exp2|Exp10|ExpM1|Log|Log2|Log10|LogP1|Pow|Cbrt|RootN|Hypot)(Pi)?\("
        + @"|foreach\s*\(.*\bin\s+\w*([dD]ictionary\w*|\.(Values|Keys))\s*\)|foreach\s*\(.*\.(Values|Keys)\s*\)")]
    private static partial Regex Banned();
}
