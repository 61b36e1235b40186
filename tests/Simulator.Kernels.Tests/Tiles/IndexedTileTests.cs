using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Updates;

/// <summary>The update of a convolution through indices equals the update with the unfolded image.</summary>
public sealed class IndexedUpdateTests
{
    private const int Channels = 2;
    private const int Height = 5;
    private const int Width = 4;
    private const int Kernel = 3;
    private const int Columns = (Channels * Kernel * Kernel) + 1;
    private const int Rows = 7;
    private const int Batch = 3;
    private const int Positions = Height * Width;

    [Theory]
    [InlineData(PulseType.StochasticCompressed)]
    [InlineData(PulseType.DeterministicImplicit)]
    [InlineData(PulseType.None)]
    public void Positions_are_vectors_in_order(PulseType type)
    {
        var pick = new Picker(3, "convolution");
        var images = pick.Vectors(Batch * Channels * Height * Width);
        var d = pick.Vectors(Batch * Positions * Rows);
        foreach (var device in new DeviceParameters[] { new ConstantStepDevice(), new PowStepDevice() })
        {
            var update = new UpdateParameters { PulseType = type };
            using var devices = DeviceArrays.Create(device, update, Rows, Columns, new TileIdentity(2, 2));
            using var indexed = new WeightMatrix(Rows, Columns);
            using var unfolded = new WeightMatrix(Rows, Columns);
            for (ulong step = 1; step <= 3; step++)
            {
                devices.UpdateIndexed(indexed, step, 0.1f, images, Channels * Height * Width, Indices(), d, Batch);
                devices.Update(unfolded, step, 0.1f, Unfold(images), d, Batch * Positions);
            }

            Assert.Equal(unfolded.Values.ToArray(), indexed.Values.ToArray());
            Assert.Contains(indexed.Values.ToArray(), w => w != 0);
        }
    }

    [Fact]
    public void Lists_that_do_not_fit_are_refused_before_anything_moves()
    {
        using var devices = DeviceArrays.Create(new ConstantStepDevice(), new UpdateParameters(), 2, 3, new TileIdentity(2, 2));
        using var weights = new WeightMatrix(2, 3);
        string Refusal(int[] indices, float[] images, float[] d) =>
            Assert.ThrowsAny<ArgumentException>(() => devices.UpdateIndexed(weights, 1, 1, images, 4, indices, d, 1)).Message;
        Assert.Contains("3 columns", Refusal([0, 1, 2, 3], new float[4], new float[4]));
        Assert.Contains("Index 6 at entry 2", Refusal([0, 1, 6], new float[4], new float[2]));
        Assert.Contains("Index -1", Refusal([0, -1, 5], new float[4], new float[2]));
        Assert.Contains("got 5", Refusal([0, 1, 2], new float[5], new float[2]));
        Assert.Contains("gradients", Refusal([0, 1, 2], new float[4], new float[5]));
        Assert.DoesNotContain(weights.Values.ToArray(), w => w != 0);
    }

    /// <summary>[column, position]: zero padding by one, the last column is the bias.</summary>
    private static int[] Indices()
    {
        var indices = new int[Columns * Positions];
        for (var column = 0; column < Columns; column++)
        {
            for (var position = 0; position < Positions; position++)
            {
                indices[(column * Positions) + position] = column == Columns - 1 ? 1 : Source(column, position) is { } value ? value + 2 : 0;
            }
        }

        return indices;
    }

    private static float[] Unfold(float[] images)
    {
        var vectors = new float[Batch * Positions * Columns];
        for (var v = 0; v < Batch * Positions; v++)
        {
            for (var column = 0; column < Columns; column++)
            {
                var image = v / Positions * Channels * Height * Width;
                vectors[(v * Columns) + column] = column == Columns - 1 ? 1 : Source(column, v % Positions) is { } value ? images[image + value] : 0;
            }
        }

        return vectors;
    }

    private static int? Source(int column, int position)
    {
        var y = (position / Width) + (column / Kernel % Kernel) - 1;
        var x = (position % Width) + (column % Kernel) - 1;
        return y is < 0 or >= Height || x is < 0 or >= Width ? null : (((column / (Kernel * Kernel) * Height) + y) * Width) + x;
    }
}
