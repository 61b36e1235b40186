using Tessera.Kernels.Configuration;
using static Tessera.Kernels.Tests.UnitCells.CellFixture;

namespace Tessera.Kernels.Tests.UnitCells;

/// <summary>What moves when along a chain of arrays (spec compounds, sections 5 and 7), with exact updates and read-outs.</summary>
public sealed class TransferChainTests
{
    private static readonly UpdateParameters Exact = new() { PulseType = PulseType.NoneWithDevice };

    private static readonly TransferCompound Plain = new()
    {
        UnitCellDevices = [Nominal(0.001f, 10), Nominal(0.001f, 10)],
        TransferForward = Perfect,
        TransferUpdate = Exact,
        UnitsInMbatch = false,
        TransferEvery = 0,
    };

    [Fact]
    public void A_transfer_adds_the_rate_times_the_slice()
    {
        using var cell = new CellFixture(Plain with { TransferEvery = 1, TransferLr = 0.5f }, 2, 3, Exact);
        cell.Update(1, 0.1f, [1, 2, 3], [-1, -2]);
        Close([0.1f, 0.2f, 0.3f, 0.2f, 0.4f, 0.6f], cell.Hidden("hidden_weights_0"));
        Close([0.1f * 0.5f * 0.1f, 0, 0, 0.2f * 0.5f * 0.1f, 0, 0], cell.Visible());
    }

    [Fact]
    public void A_negative_rate_subtracts()
    {
        using var cell = new CellFixture(Plain with { TransferEvery = 1, TransferLr = -0.5f, ScaleTransferLr = false }, 2, 3, Exact);
        cell.Update(1, 0.1f, [1, 2, 3], [-1, -2]);
        Close([-0.05f, 0, 0, -0.1f, 0, 0], cell.Visible());
    }

    [Fact]
    public void Rows_move_by_the_transposed_product()
    {
        using var cell = new CellFixture(Plain with { TransferEvery = 1, TransferColumns = false, ScaleTransferLr = false }, 2, 3, Exact);
        cell.Update(1, 0.1f, [1, 2, 3], [-1, -2]);
        Close([0.1f, 0.2f, 0.3f, 0, 0, 0], cell.Visible());
    }

    [Theory]
    [InlineData(true, 1.0f, 0.5f)]
    [InlineData(true, 0.0f, 0.1f)]
    [InlineData(false, 0.3f, 0.3f)]
    public void The_fast_rate_follows_the_rules(bool scales, float fast, float expected)
    {
        var rate = scales && fast > 0 ? 0.5f : 0.1f;
        using var cell = new CellFixture(Plain with { FastLr = fast, ScaleFastLr = scales }, 1, 1, Exact);
        cell.Update(1, rate, [1], [-1]);
        Close([expected], cell.Hidden("hidden_weights_0"));
    }

    [Fact]
    public void Longer_chains_move_on_once_every_slice_has_come()
    {
        var device = Nominal(0.001f, 10);
        using var cell = new CellFixture(
            Plain with { UnitCellDevices = [device, device, device], TransferEvery = 1, ScaleTransferLr = false, TransferLr = 1 }, 4, 4, Exact);
        var moves = new List<int>();
        for (var step = 1; step <= 9; step++)
        {
            var before = cell.Visible();
            cell.Update((ulong)step, 0.1f, [1, 1, 1, 1], [-1, -1, -1, -1]);
            if (!before.SequenceEqual(cell.Visible())) moves.Add(step);
        }

        // The period of device 1 is that of device 0 times the cells of a slice.
        Assert.Equal([4, 8], moves);
    }

    [Fact]
    public void Explicit_periods_and_weights_are_taken_as_they_are()
    {
        using var cell = new CellFixture(Plain with { TransferEveryVec = [3, 0], GammaVec = [0.5f, 2], ScaleTransferLr = false }, 1, 2, Exact);
        cell.Set(0.4f, -0.2f);
        Close([0.2f, -0.1f], cell.Hidden("hidden_weights_1"));
        Close([0.4f, -0.2f], cell.Visible());
        cell.Update(1, 0.1f, [1, 0, 1, 0, 1, 0, 1, 0], [-1, -1, -1, -1]);
        Close([0.4f, 0], cell.Hidden("hidden_weights_0"));
        Close([0.5f, -0.1f], cell.Hidden("hidden_weights_1"));
        Close([(0.5f * 0.4f) + (2 * 0.5f), -0.2f], cell.Visible());
    }

    [Fact]
    public void Each_slice_resets_itself_once_it_is_read()
    {
        var compound = Plain with { TransferEveryVec = [1, 0], NReadsPerTransfer = 2, WithResetProb = 1, ScaleTransferLr = false };
        using var cell = new CellFixture(compound, 1, 3, Exact);
        using var block = new CellFixture(compound with { Compat = CompatMode.Aihwkit }, 1, 3, Exact);
        cell.Update(1, 0.1f, [1, 2, 3], [-1]);
        block.Update(1, 0.1f, [1, 2, 3], [-1]);
        Close([0, 0, 0.3f], cell.Hidden("hidden_weights_0"));
        Close([0.1f, 0.2f, 0], cell.Visible());

        // In aihwkit the first reset takes the second column, which is then read as zero.
        Close([0, 0, 0.3f], block.Hidden("hidden_weights_0"));
        Close([0.1f, 0, 0], block.Visible());
    }

    [Fact]
    public void Resets_from_outside_take_the_fast_array_alone()
    {
        using var cell = new CellFixture(Plain, 1, 2, Exact);
        cell.Set(0.3f, 0.4f);
        cell.Update(1, 0.1f, [1, 1], [-1]);
        cell.Devices.ResetColumns(cell.Weights, 0, 1, 1, 2);
        Close([0, 0.1f], cell.Hidden("hidden_weights_0"));
        Close([0.3f, 0.4f], cell.Visible());
    }

    [Fact]
    public void Setting_weights_starts_the_schedule_again()
    {
        using var cell = new CellFixture(Plain with { TransferEvery = 2, ScaleTransferLr = false }, 1, 2, Exact);
        cell.Update(1, 0.1f, [1, 1], [-1]);
        cell.Set(0, 0);
        cell.Update(2, 0.1f, [1, 1], [-1]);
        Close([0, 0], cell.Visible());
        cell.Update(3, 0.1f, [1, 1], [-1]);
        Close([0.2f, 0], cell.Visible());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Chopped_gradients_show_with_their_own_signs(bool columns)
    {
        var compound = new ChoppedTransferCompound
        {
            UnitCellDevices = [Nominal(0.001f, 10), Nominal(0.001f, 10)],
            TransferForward = Perfect,
            TransferColumns = columns,
            Gamma = 1,
            TransferLr = 1e-20f,
            ScaleFastLr = true,
            InChopProb = 1,
            OutChopProb = 0.5f,
        };

        // A rate of zero would transfer nothing and flip no chopper.
        using var cell = new CellFixture(compound, 2, 3, Exact);
        for (var step = 1; step <= 10; step++)
        {
            var before = cell.Dump();
            var fast = cell.Hidden("hidden_weights_0");
            var (x, d) = (Vectors(step, 3), Vectors(-step, 2));
            cell.Update((ulong)step, 0.1f, x, d);
            var gradient = new float[6];
            for (var i = 0; i < 6; i++) gradient[i] = -0.1f * d[i / 3] * x[i % 3];
            var chopped = Product(before["cell.in_chopper"], before["cell.out_chopper"], gradient, columns);
            Close([.. fast.Zip(chopped, (a, b) => a + b)], cell.Hidden("hidden_weights_0"));
            var after = cell.Dump();
            Close(Product(after["cell.in_chopper"], after["cell.out_chopper"], cell.Hidden("hidden_weights_0"), columns), cell.Visible());
        }

        Assert.Contains(-1f, cell.Dump()["cell.in_chopper"].Concat(cell.Dump()["cell.out_chopper"]));
    }

    [Fact]
    public void A_negative_period_counts_states_of_the_fast_device()
    {
        var compound = new ChoppedTransferCompound
        {
            UnitCellDevices = [Nominal(0.1f), Nominal(0.1f)],
            TransferForward = Perfect,
            TransferEvery = -0.5f,
            NoBuffer = true,
            BufferGranularity = 1e-6f,
            InChopProb = 0,
        };

        // 20 states over 2 columns, times a half: every 5 vectors, and once.
        using var cell = new CellFixture(compound, 1, 2, Exact);
        var moves = new List<int>();
        for (var step = 1; step <= 16; step++)
        {
            var before = cell.Visible();
            cell.Update((ulong)step, 0.01f, [0.01f, 0.01f], [-1]);
            if (!before.SequenceEqual(cell.Visible())) moves.Add(step);
        }

        Assert.Equal([5, 10, 15], moves);
    }

    [Theory]
    [InlineData(CompatMode.None, 1)]
    [InlineData(CompatMode.Aihwkit, 2)]
    public void A_negative_period_transfers_once_or_as_aihwkit_does(CompatMode compat, int times)
    {
        var compound = new ChoppedTransferCompound
        {
            UnitCellDevices = [Nominal(0.1f), Nominal(0.1f)],
            TransferForward = Perfect,
            TransferEvery = -0.1f,
            InChopProb = 0,
            FastLr = 0.1f,
            Compat = compat,
        };
        using var cell = new CellFixture(compound, 1, 1, Exact);
        cell.Update(1, 0.01f, [1, 1], [-1, -1]);
        Assert.Equal(0.2f * 0.01f / 0.1f * times, cell.Hidden("buffered_FP_weight_0")[0], 1e-6f);
    }

    [Theory]
    [InlineData(CompatMode.None, 3)]
    [InlineData(CompatMode.Aihwkit, 4)]
    public void A_period_of_the_slow_device_transfers_only_as_aihwkit_does(CompatMode compat, int times)
    {
        var compound = new ChoppedTransferCompound
        {
            UnitCellDevices = [Nominal(0.1f), Nominal(0.1f)],
            TransferForward = Perfect,
            TransferEveryVec = [1, 3],
            TransferLr = 0.01f,
            InChopProb = 0,
            FastLr = 0.1f,
            Compat = compat,
        };
        using var cell = new CellFixture(compound, 1, 1, Exact);
        cell.Update(1, 0.01f, [1, 0, 0], [-1, 0, 0]);
        Assert.Equal(0.1f * 0.01f * 0.01f / 0.1f * times, cell.Hidden("buffered_FP_weight_0")[0], 1e-7f);
    }

    [Fact]
    public void With_a_negative_period_explicit_ones_do_not_count()
    {
        var compound = new ChoppedTransferCompound
        {
            UnitCellDevices = [Nominal(0.1f), Nominal(0.1f)],
            TransferForward = Perfect,
            TransferEvery = -0.1f,
            TransferEveryVec = [1, 0],
            InChopProb = 0,
            FastLr = 0.1f,
        };
        using var cell = new CellFixture(compound, 1, 1, Exact);
        cell.Update(1, 0.01f, [1], [-1]);
        Assert.Equal(0, cell.Hidden("buffered_FP_weight_0")[0]);
        cell.Update(2, 0.01f, [0], [0]);
        Assert.NotEqual(0, cell.Hidden("buffered_FP_weight_0")[0]);
    }

    [Theory]
    [InlineData(3, 37)]
    [InlineData(5, 16)]
    [InlineData(2, 7)]
    public void Whole_pulses_leave_a_digital_sum_to_the_bit(int rows, int columns)
    {
        using var cell = new CellFixture(new MixedPrecisionCompound { Device = Nominal(0.01f), Granularity = 0.013f }, rows, columns);
        var sums = new float[rows * columns];
        for (var step = 1; step <= 20; step++)
        {
            var (x, d) = (Coarse(Vectors(step, columns)), Coarse(Vectors(-step, rows)));
            cell.Update((ulong)step, 0.125f, x, d);
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] = MathF.FusedMultiplyAdd(0.125f * d[i / columns], x[i % columns], sums[i]);
                if (step > 1) sums[i] = MathF.FusedMultiplyAdd(-MathF.Truncate(sums[i] / 0.013f), 0.013f, sums[i]);
            }

            Assert.Equal(sums, cell.Hidden("hidden_weights_chi"));
        }

        Assert.Contains(cell.Visible(), weight => weight != 0);
    }

    [Fact]
    public void Doubled_transfers_draw_for_themselves()
    {
        var compound = new ChoppedTransferCompound
        {
            UnitCellDevices = [Nominal(0.1f), Nominal(0.1f)],
            TransferForward = Perfect,
            TransferEvery = -0.1f,
            InChopProb = 0.5f,
            FastLr = 0.1f,
            Compat = CompatMode.Aihwkit,
        };
        using var cell = new CellFixture(compound, 1, 1, Exact);
        var flips = 0;
        var sign = 1f;
        for (ulong step = 1; step <= 400; step++)
        {
            cell.Update(step, 0.01f, [0, 0], [0, 0]);
            var now = cell.Dump()["cell.in_chopper"][0];
            if (now != sign) flips++;
            sign = now;
        }

        // Two draws of a half each change the sign in half of the steps: 200 of 400, with a standard deviation of 10.
        Assert.InRange(flips, 140, 260);
    }

    [Fact]
    public void A_steady_update_allocates_nothing()
    {
        DeviceParameters[] cells =
        [
            new DynamicTransferCompound { UnitCellDevices = [Noisy(), Noisy()], AutoScale = true },
            new BufferedTransferCompound { UnitCellDevices = [Noisy(), Noisy()], UnitsInMbatch = false },
            new VectorUnitCell { UnitCellDevices = [Noisy(), Noisy()], UpdatePolicy = VectorUnitCellUpdatePolicy.SingleRandom },
            new OneSidedUnitCell { UnitCellDevices = [Noisy(0.1f)], RefreshEvery = 1 },
            new MixedPrecisionCompound { Device = Noisy(), NXBins = 9, NDBins = 9 },
        ];
        foreach (var parameters in cells)
        {
            using var cell = new CellFixture(parameters, 9, 20);
            var (x, d) = (Vectors(1, 8 * 20), Vectors(2, 8 * 9));
            for (ulong step = 1; step < 30; step++) cell.Update(step, 0.1f, x, d);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (ulong step = 30; step < 34; step++) cell.Update(step, 0.1f, x, d);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    /// <summary>Values whose products have no rounding.</summary>
    private static float[] Coarse(float[] values) => [.. values.Select(value => MathF.Round(256 * value) / 256)];

    private static float[] Product(float[] slices, float[] across, float[] fast, bool columns) =>
        [.. fast.Select((value, i) => value * (columns ? slices[i % 3] * across[i / 3] : slices[i / 3] * across[i % 3]))];

    private static void Close(float[] expected, float[] seen)
    {
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], seen[i], 1e-6f);
    }
}
