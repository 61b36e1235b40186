using Tessera.Kernels.Configuration;
using static Tessera.Kernels.Tests.Tiles.TileFixture;

namespace Tessera.Kernels.Tests.Tiles;

/// <summary>A matrix cut over a grid of tiles against the same matrix on one tile.</summary>
public sealed class TileGridTests
{
    private const int OutSize = 70;
    private const int InSize = 101;
    private static readonly int[] RowParts = [35, 35];
    private static readonly int[] ColumnParts = [34, 34, 33];

    [Fact]
    public void A_two_by_three_grid_equals_one_tile()
    {
        const int Batch = 5;
        var weights = Values(1, OutSize * InSize);
        var x = Values(2, Batch * InSize);
        using var whole = Ideal(OutSize, InSize, Perfect);
        whole.SetWeights(weights, []);
        var expected = ReadForward(whole, x, Batch);
        var seen = Grid(weights, x, Batch, Perfect, 0);
        for (var i = 0; i < expected.Length; i++)
        {
            var (vector, row) = (i / OutSize, i % OutSize);
            var magnitude = Enumerable.Range(0, InSize).Sum(j => Math.Abs((double)weights[(row * InSize) + j] * x[(vector * InSize) + j]));
            Assert.True(Math.Abs(expected[i] - seen[i]) <= 1e-6 * magnitude, $"output {i}: {seen[i]}, expected {expected[i]}");
        }
    }

    [Fact]
    public void Output_noise_of_a_grid_has_the_variance_that_the_cut_predicts()
    {
        // Without ADC and DAC each tile adds out_noise times the largest magnitude of its own slice of the input.
        const int Batch = 6000;
        var io = new IOParameters { OutRes = 0, InpRes = 0, OutBound = 0, BoundManagement = BoundManagementType.None };
        var weights = Values(1, OutSize * InSize);
        var one = Values(2, InSize);
        var x = Enumerable.Range(0, Batch).SelectMany(_ => one).ToArray();
        var predicted = 0.0;
        for (var (part, first) = (0, 0); part < ColumnParts.Length; first += ColumnParts[part++])
        {
            predicted += Math.Pow(io.OutNoise * one.Skip(first).Take(ColumnParts[part]).Max(Math.Abs), 2);
        }

        var y = Grid(weights, x, Batch, io, 0);
        var (mean, square) = (0.0, 0.0);
        using var perfect = Ideal(OutSize, InSize, Perfect);
        perfect.SetWeights(weights, []);
        var exact = ReadForward(perfect, one, 1);
        for (var i = 0; i < y.Length; i++)
        {
            var error = y[i] - exact[i % OutSize];
            mean += error / y.Length;
            square += (double)error * error / y.Length;
        }

        // 420,000 samples; bounds of 6 standard errors.
        var standardError = Math.Sqrt(predicted / y.Length);
        Assert.True(Math.Abs(mean) < 6 * standardError, $"mean {mean}, bound {6 * standardError}");
        var varianceError = predicted * Math.Sqrt(2.0 / y.Length);
        Assert.True(Math.Abs(square - predicted) < 6 * varianceError, $"variance {square}, predicted {predicted}, bound {6 * varianceError}");
    }

    private static float[] Grid(float[] weights, float[] x, int batch, IOParameters io, uint firstTile)
    {
        var y = new float[batch * OutSize];
        var tile = firstTile;
        for (var (columnPart, column) = (0, 0); columnPart < ColumnParts.Length; column += ColumnParts[columnPart++])
        {
            var columns = ColumnParts[columnPart];
            var slice = Slice(x, batch, InSize, column, columns);
            for (var (rowPart, row) = (0, 0); rowPart < RowParts.Length; row += RowParts[rowPart++])
            {
                using var part = Ideal(RowParts[rowPart], columns, io, tile: tile++);
                part.SetWeights(Slice(weights[(row * InSize)..((row + RowParts[rowPart]) * InSize)], RowParts[rowPart], InSize, column, columns), []);
                var partial = ReadForward(part, slice, batch);
                for (var i = 0; i < partial.Length; i++)
                {
                    y[(i / RowParts[rowPart] * OutSize) + row + (i % RowParts[rowPart])] += partial[i];
                }
            }
        }

        return y;
    }

    private static float[] Slice(float[] dense, int rows, int columns, int first, int count)
    {
        var slice = new float[rows * count];
        for (var row = 0; row < rows; row++)
        {
            dense.AsSpan((row * columns) + first, count).CopyTo(slice.AsSpan(row * count));
        }

        return slice;
    }
}
