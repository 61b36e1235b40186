using Tessera.Kernels.Configuration;
using static Tessera.Kernels.Tests.UnitCells.CellFixture;

namespace Tessera.Kernels.Tests.UnitCells;

/// <summary>The worked examples of the specification, run on aihwkit's engine (spec compounds).</summary>
public sealed class CellExamplesTests
{
    private static readonly UpdateParameters Exact = new() { PulseType = PulseType.NoneWithDevice };

    [Fact]
    public void Weights_of_a_one_sided_cell_lie_on_the_side_of_their_sign()
    {
        using var cell = new CellFixture(new OneSidedUnitCell { UnitCellDevices = [Nominal(0.01f)] }, 1, 4);
        cell.Set(0.3f, -0.2f, 0, 0.05f);
        Assert.Equal([0.3f, 0, 0, 0.05f], cell.Hidden("hidden_weights_1"));
        Assert.Equal([0, 0.2f, 0, 0], cell.Hidden("hidden_weights_0"));
        Assert.Equal([0.3f, -0.2f, 0, 0.05f], cell.Visible());
    }

    [Theory]
    [InlineData(PulseType.StochasticCompressed)]
    [InlineData(PulseType.MeanCount)]
    [InlineData(PulseType.DeterministicImplicit)]
    [InlineData(PulseType.NoneWithDevice)]
    public void Devices_of_a_one_sided_cell_only_grow(PulseType type)
    {
        using var cell = new CellFixture(new OneSidedUnitCell { UnitCellDevices = [Nominal(0.01f)] }, 3, 20, new UpdateParameters { PulseType = type });
        var (minus, plus) = (cell.Hidden("hidden_weights_0"), cell.Hidden("hidden_weights_1"));
        for (ulong step = 1; step <= 5; step++)
        {
            cell.Update(step, 0.1f, Vectors((int)step, 80), Vectors(-(int)step, 12));
            var (minusNow, plusNow) = (cell.Hidden("hidden_weights_0"), cell.Hidden("hidden_weights_1"));
            Assert.True(minus.Zip(minusNow, (before, after) => after >= before).All(grown => grown));
            Assert.True(plus.Zip(plusNow, (before, after) => after >= before).All(grown => grown));
            Assert.Equal(plusNow.Zip(minusNow, (p, m) => p - m), cell.Visible());
            (minus, plus) = (minusNow, plusNow);
        }

        Assert.Contains(minus, value => value > 0);
        Assert.Contains(plus, value => value > 0);
    }

    [Theory]
    [InlineData(true, 0.0025f)]
    [InlineData(false, 0.016f)]
    public void A_buffer_gives_one_pulse_and_keeps_the_rest(bool forgets, float rest)
    {
        var compound = new BufferedTransferCompound
        {
            UnitCellDevices = [Nominal(0.01f), Nominal(0.01f)],
            UnitsInMbatch = false,
            TransferForward = Perfect,
            ForgetBuffer = forgets,
        };
        using var cell = new CellFixture(compound, 1, 2, Exact);
        cell.Update(1, 0.5f, [0.1f, 0], [-1]);
        Assert.Equal(0.05f, cell.Hidden("hidden_weights_0")[0], 1e-6f);
        Assert.Equal(rest, cell.Hidden("buffered_FP_weight_0")[0], 1e-6f);
        Assert.Equal(0.01f, cell.Visible()[0], 1e-6f);
    }

    [Fact]
    public void Columns_are_transferred_in_turn_once_a_mini_batch()
    {
        var compound = new TransferCompound { UnitCellDevices = [Nominal(0.001f), Nominal(0.001f)], TransferForward = Perfect, TransferUpdate = Exact };
        using var cell = new CellFixture(compound, 2, 3, Exact);
        var columns = new List<int>();
        for (ulong step = 1; step <= 4; step++)
        {
            var before = cell.Visible();
            cell.Update(step, 0.1f, [0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f], [-1, -1, -1, -1]);
            var changed = cell.Visible().Select((value, i) => (i % 3, value != before[i])).Where(cell => cell.Item2).Select(cell => cell.Item1).Distinct();
            columns.Add(Assert.Single(changed));
        }

        Assert.Equal([0, 1, 2, 0], columns);
    }

    [Fact]
    public void Regular_choppers_follow_the_trace()
    {
        var compound = new ChoppedTransferCompound
        {
            UnitCellDevices = [Nominal(0.001f), Nominal(0.001f)],
            InChopProb = 0.5f,
            InChopRandom = false,
            TransferForward = Perfect,
            TransferLr = 0.05f,
        };
        using var cell = new CellFixture(compound, 1, 2, Exact);
        float[][] fast = [[0.1f, 0.05f], [0.2f, 0.1f], [0.3f, 0.15f], [0.2f, 0.2f]];
        float[][] buffer = [[0.5f, 0], [0.5f, 0.5f], [0, 0.5f], [0, 0]];
        float[][] slow = [[0, 0], [0, 0], [0.001f, 0], [0.001f, 0.001f]];

        // Readings of A times lr 0.1 x transfer_lr 0.05 over dw_min 0.001 are 5 a unit: the first reading of 0.1 is half a pulse.
        for (var step = 0; step < 4; step++)
        {
            cell.Update((ulong)step + 1, 0.1f, [1, 0.5f], [-0.1f]);
            Close(fast[step], cell.Hidden("hidden_weights_0"));
            Close(buffer[step], cell.Hidden("buffered_FP_weight_0"));
            Close(slow[step], cell.Visible());
        }

        Assert.Equal([-1f, -1f], cell.Dump()["cell.in_chopper"]);
    }

    [Fact]
    public void A_dynamic_reference_follows_the_trace()
    {
        var compound = new DynamicTransferCompound
        {
            UnitCellDevices = [Nominal(0.001f), Nominal(0.001f)],
            InChopProb = 0.5f,
            TailWeightening = 1,
            TransferForward = Perfect,
            TransferLr = 0.05f,
        };
        using var cell = new CellFixture(compound, 1, 2, Exact);
        for (ulong step = 1; step <= 14; step++)
        {
            if (step == 7) Close([0, 0], cell.Visible());
            cell.Update(step, 0.1f, [1, 0.5f], [-0.1f]);
            if (step == 7) Assert.NotEqual(0, cell.Visible()[0]);
        }

        Close([0, 0.1f], cell.Hidden("hidden_weights_0"));
        Close([0.39844f, 0.19531f], cell.Hidden("buffered_FP_weight"));
        Close([0.13984f, 0.11953f], cell.Hidden("running_mean_weight"));
        Close([0.17969f, 0.13906f], cell.Hidden("past_mean_weight"));
        Close([0.002f, 0.001f], cell.Visible());
    }

    [Fact]
    public void Gradients_are_summed_up_digitally_and_leave_in_the_second_batch()
    {
        using var cell = new CellFixture(new MixedPrecisionCompound { Device = Nominal(0.01f) }, 2, 3);
        float[] x = [1, 0.5f, 0.2f, 1, 0.5f, 0.2f];
        float[] d = [-0.5f, 1, -0.5f, 1];
        cell.Update(1, 0.1f, x, d);
        Close([-0.1f, -0.05f, -0.02f, 0.2f, 0.1f, 0.04f], cell.Hidden("hidden_weights_chi"));
        Assert.All(cell.Visible(), value => Assert.Equal(0, value));
        cell.Update(2, 0.1f, x, d);

        // Three vectors have left, one has come since; what left are whole pulses, of which 32-bit sums may keep one back.
        var chi = cell.Hidden("hidden_weights_chi");
        float[] expected = [-0.05f, -0.025f, -0.01f, 0.1f, 0.05f, 0.02f];
        for (var i = 0; i < chi.Length; i++) Assert.InRange(MathF.Abs(chi[i] - expected[i]), 0, 0.0101f);
        Assert.InRange(cell.Visible()[0], 0.139f, 0.161f);
    }

    [Fact]
    public void A_random_device_takes_each_vector()
    {
        var device = Nominal(0.001f, 9999);
        var cell = new VectorUnitCell { UnitCellDevices = [device, device, device], UpdatePolicy = VectorUnitCellUpdatePolicy.SingleRandom };
        using var fixture = new CellFixture(cell, 1, 1, Exact);
        float[] ones = [.. Enumerable.Repeat(1f, 50)];
        float[] gradients = [.. Enumerable.Repeat(-1f, 50)];
        for (ulong step = 1; step <= 60; step++) fixture.Update(step, 1, ones, gradients);
        var counts = Enumerable.Range(0, 3).Select(k => fixture.Hidden($"hidden_weights_{k}")[0]).ToArray();
        Assert.Equal(3000, counts.Sum());

        // Each third of 3000 vectors has a standard deviation of 25.8.
        Assert.All(counts, count => Assert.InRange(count, 1000 - 160, 1000 + 160));
        Assert.Equal(1000, fixture.Visible()[0], 0.01f);
    }

    private static void Close(float[] expected, float[] seen)
    {
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], seen[i], 2e-5f);
    }
}
