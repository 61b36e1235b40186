using System.Text.Json;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tests.Devices;
using Tessera.Kernels.Tiles;
using Xunit.Abstractions;

namespace Tessera.Kernels.Tests.UnitCells;

/// <summary>
/// 200 updates of 8 x 8 cells against mean and standard deviation of every array measured on aihwkit. The tolerance of a mean is the golden folder's:
/// z (std sqrt(1 / reps + 1 / our reps) + 0.0055 std) with z = 7; that of a standard deviation follows from the kurtosis seen here, and is asked of
/// cells whose moves are not rare.
/// </summary>
public sealed class GoldenTrajectoryTests(ITestOutputHelper output)
{
    private const int Size = 8;
    private const int Repetitions = 300;
    private const double Z = 7;
    private const double RareKurtosis = 12;

    /// <summary>The files hold five digits.</summary>
    private const double Rounding = 6e-5;

    /// <summary>What 32-bit sums lose when they cancel.</summary>
    private const double Cancellation = 2e-7;

    /// <summary>All cases of both files.</summary>
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var name in (string[])["compound_multistep_other.json", "compound_multistep_transfer.json"])
            {
                using var file = GoldenData.Open(name);
                foreach (var golden in file.RootElement.GetProperty("cases").EnumerateObject()) cases.Add(name, golden.Name);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Trajectory(string fileName, string name)
    {
        using var file = GoldenData.Open(fileName);
        var root = file.RootElement;
        var golden = root.GetProperty("cases").GetProperty(name);
        var cell = GoldenCell.Parameters(golden.GetProperty("type").GetString()!, golden.GetProperty("params"));
        var snapshots = golden.GetProperty("snapshots");
        var seen = new Dictionary<(string Step, string Array), CellMoments>();
        for (var repetition = 0; repetition < Repetitions; repetition++) Run(root, golden, cell, (ulong)repetition + 1, seen);
        var goldenRepetitions = root.GetProperty("reps").GetInt32();
        var worst = 0.0;
        var problems = new List<string>();
        foreach (var ((step, array), moments) in seen)
        {
            var expected = snapshots.GetProperty(step).GetProperty(array);
            var means = GoldenDevice.Matrix(expected.GetProperty("mean"));
            var deviations = GoldenDevice.Matrix(expected.GetProperty("std"));
            for (var i = 0; i < means.Length; i++)
            {
                var (mean, deviation, kurtosis) = moments.Of(i);
                var largest = Math.Max(deviation, deviations[i]);
                var unit = (largest * Math.Sqrt((1.0 / goldenRepetitions) + (1.0 / Repetitions))) + (0.0055 * largest) + (((Rounding * Math.Abs(means[i])) + Cancellation) / Z);
                var z = Math.Abs(mean - means[i]) / unit;
                worst = Math.Max(worst, z);
                if (z > Z) problems.Add($"step {step} {array}[{i / Size},{i % Size}]: mean {mean:g5}, expected {means[i]:g5} +- {deviations[i]:g3} ({deviation:g3} here)");
                if (kurtosis > RareKurtosis || deviation == 0) continue;
                var spread = Z * largest * (Math.Sqrt((Math.Max(kurtosis, 3) - 1) / 4 * ((1.0 / goldenRepetitions) + (1.0 / Repetitions))) + 0.0055);
                if (Math.Abs(deviation - deviations[i]) > spread + (Rounding * deviations[i]))
                {
                    problems.Add($"step {step} {array}[{i / Size},{i % Size}]: deviation {deviation:g5}, expected {deviations[i]:g5} within {spread:g3}");
                }
            }
        }

        output.WriteLine($"{name}: {seen.Count} arrays, largest z of a mean {worst:f2}");
        Assert.True(problems.Count == 0, $"{problems.Count} cells differ:\n{string.Join('\n', problems.Take(20))}");
    }

    private static void Run(JsonElement root, JsonElement golden, DeviceParameters cell, ulong seed, Dictionary<(string Step, string Array), CellMoments> seen)
    {
        using var devices = DeviceArrays.Create(cell, new UpdateParameters(), Size, Size, new TileIdentity(seed, 1));
        using var weights = new WeightMatrix(Size, Size);
        Assert.Equal(golden.GetProperty("hidden_names").EnumerateArray().Select(n => n.GetString()), devices.HiddenParameterNames);
        weights.CopyFrom(GoldenDevice.Matrix(root.GetProperty("w0")));
        devices.OnSetWeights(weights, 0);
        var learningRate = GoldenDevice.Number(root.GetProperty("lr"));
        var (xs, ds) = (root.GetProperty("X"), root.GetProperty("D"));
        for (var step = 1; step <= xs.GetArrayLength(); step++)
        {
            devices.Update(weights, (ulong)step, learningRate, GoldenDevice.Vector(xs[step - 1]), GoldenDevice.Vector(ds[step - 1]), 1);
            devices.PostUpdateStep(weights, (ulong)step);
            if (!golden.GetProperty("snapshots").TryGetProperty($"{step}", out var snapshot)) continue;
            foreach (var array in snapshot.EnumerateObject())
            {
                var values = new float[Size * Size];
                if (array.Name == "w") weights.CopyTo(values);
                else devices.GetHiddenParameter(array.Name, values);
                if (!seen.TryGetValue(($"{step}", array.Name), out var moments)) seen.Add(($"{step}", array.Name), moments = new CellMoments(values.Length));
                moments.Add(values);
            }
        }
    }
}
