using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Forward;

/// <summary>Products with IR drop in time, without noise, beside those of aihwkit's TorchInferenceRPUConfigIRDropT (Golden/Torch/ir_drop_in_time.json).</summary>
public sealed class GoldenIrDropTests
{
    /// <summary>Of the largest output: 32-bit sums in another order. A level of the DAC is a hundred times as wide.</summary>
    private const double Rounding = 2e-5;

    [Fact]
    public void Outputs_are_aihwkits_in_every_read_out()
    {
        using var golden = GoldenData.Open("Torch/ir_drop_in_time.json");
        var types = new HashSet<AnalogMVType>();
        foreach (var measured in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            var io = GoldenData.Fill(new IOParametersIRDropT(), measured.GetProperty("forward"));
            types.Add(io.MvType);
            var (outputs, inputs) = (measured.GetProperty("out").GetInt32(), measured.GetProperty("in").GetInt32());
            using var weights = MvmPassTests.Matrix(GoldenData.Dense(measured.GetProperty("w")), outputs, inputs);
            using var pass = new MvmPass(io, MvmDirection.Forward, outputs, inputs, new TileIdentity(1, 1), measured.GetProperty("max_input_size").GetInt32());
            var x = GoldenData.Dense(measured.GetProperty("x"));
            var expected = GoldenData.Dense(measured.GetProperty("y"));
            var y = new float[expected.Length];
            pass.Run(weights, new ReadAddress(ReadPhase.Evaluation, 0, 0), x, y, x.Length / inputs);
            var tolerance = Rounding * expected.Max(Math.Abs);
            Assert.All(y.Zip(expected), pair => Assert.InRange(pair.First, pair.Second - tolerance, pair.Second + tolerance));
        }

        Assert.Equal([AnalogMVType.OnePass, AnalogMVType.SplitMode, AnalogMVType.BitWise], types);
    }
}
