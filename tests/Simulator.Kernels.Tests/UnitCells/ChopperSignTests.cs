using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Tests.UnitCells;

/// <summary>What a chopped compound shows of its fast array: each cell under its own two signs, or as aihwkit's CPU engine does it.</summary>
public sealed class ChopperSignTests
{
    private const float Gamma = 0.3f;

    private static readonly ChoppedTransferCompound Compound = new()
    {
        UnitCellDevices = [CellFixture.Noisy(), CellFixture.Noisy()],
        Gamma = Gamma,
        InChopProb = 0.4f,
        OutChopProb = 0.5f,
        BufferGranularity = 0.1f,
    };

    [Theory]
    [InlineData(true, 7, 37)]
    [InlineData(false, 7, 37)]
    [InlineData(true, 33, 16)]
    [InlineData(false, 33, 16)]
    public void Each_cell_shows_under_its_own_signs_to_the_bit(bool columns, int rows, int width)
    {
        using var cell = Trained(Compound with { TransferColumns = columns }, rows, width);
        var (slices, across) = Signs(cell);
        Assert.Equal(Sum(cell, i => columns ? slices[i % width] * across[i / width] : slices[i / width] * across[i % width]), cell.Visible());
    }

    [Theory]
    [InlineData(7, 12)]
    [InlineData(12, 7)]
    [InlineData(9, 9)]
    public void Aihwkit_takes_signs_from_the_place_in_an_array_of_columns(int rows, int width)
    {
        using var cell = Trained(Compound with { Compat = CompatMode.Aihwkit }, rows, width);
        var (slices, across) = Signs(cell);
        Assert.Equal(Sum(cell, i => slices[i / rows] * across[i % rows]), cell.Visible());
        using var own = Trained(Compound, rows, width);
        Assert.Equal(own.Hidden("hidden_weights_0"), cell.Hidden("hidden_weights_0"));
        Assert.NotEqual(own.Visible(), cell.Visible());
    }

    [Theory]
    [InlineData(9)]
    [InlineData(5)]
    public void Slices_that_are_rows_keep_their_own_signs(int rows)
    {
        using var cell = Trained(Compound with { TransferColumns = false, Compat = CompatMode.Aihwkit }, rows, 9);
        using var own = Trained(Compound with { TransferColumns = false }, rows, 9);
        Assert.Equal(own.Visible(), cell.Visible());
    }

    private static CellFixture Trained(ChoppedTransferCompound compound, int rows, int columns)
    {
        var cell = new CellFixture(compound, rows, columns);
        for (var step = 1; step <= 12; step++)
        {
            cell.Update((ulong)step, 0.1f, CellFixture.Vectors(step, 8 * columns), CellFixture.Vectors(-step, 8 * rows));
        }

        var (slices, across) = Signs(cell);
        Assert.Contains(-1f, slices);
        Assert.Contains(-1f, across);
        return cell;
    }

    private static (float[] Slices, float[] Across) Signs(CellFixture cell)
    {
        var state = cell.Dump();
        return (state["cell.in_chopper"], state["cell.out_chopper"]);
    }

    private static float[] Sum(CellFixture cell, Func<int, float> sign)
    {
        var fast = cell.Hidden("hidden_weights_0");
        var slow = cell.Hidden("hidden_weights_1");
        return [.. fast.Select((value, i) => MathF.FusedMultiplyAdd(Gamma * sign(i), value, slow[i]))];
    }
}
