using Tessera.Kernels.Configuration;
using static Tessera.Kernels.Tests.UnitCells.CellFixture;

namespace Tessera.Kernels.Tests.UnitCells;

/// <summary>Refresh of one-sided cells, and the exchange of a device's sides (spec compounds, section 4).</summary>
public sealed class CellRefreshTests
{
    private static readonly UpdateParameters Exact = new() { PulseType = PulseType.NoneWithDevice };

    private static readonly OneSidedUnitCell Cell = new()
    {
        UnitCellDevices = [Nominal(0.01f) with { Reset = 0.1f }],
        RefreshEvery = 1,
        RefreshForward = Perfect,
        RefreshUpdate = Exact,
    };

    [Fact]
    public void Saturated_pairs_are_reset_and_their_difference_is_written()
    {
        using var cell = Filled(Cell, plus: [0.9f, 0.5f, 0.9f, 0.2f], minus: [0.5f, 0.9f, 0.2f, 0.9f]);
        cell.Update(1, 0.1f, [0, 0], [0, 0]);
        Close([0.5f, 0.1f, 0.9f, 0.2f], cell.Hidden("hidden_weights_1"));
        Close([0.1f, 0.5f, 0.2f, 0.9f], cell.Hidden("hidden_weights_0"));
        Close([0.4f, -0.4f, 0.7f, -0.7f], cell.Visible());
        Assert.Equal(2, cell.Dump()["cell.refreshed"][0]);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void The_period_counts_mini_batches_or_vectors(bool batches, int afterOne)
    {
        // Four vectors a mini-batch: a period of 5 vectors falls into the second, one of a mini-batch at the end of the first.
        using var cell = Filled(Cell with { RefreshEvery = batches ? 1 : 5, UnitsInMbatch = batches }, [0.9f, 0, 0, 0], [0.5f, 0, 0, 0]);
        cell.Update(1, 0.1f, new float[8], new float[8]);
        Assert.Equal(afterOne, cell.Dump()["cell.refreshed"][0]);
        cell.Update(2, 0.1f, new float[8], new float[8]);
        Assert.Equal(1, cell.Dump()["cell.refreshed"][0]);
    }

    [Fact]
    public void A_transfer_of_mixed_precision_is_a_mini_batch_of_as_many_rows_and_counts_rows_without_pulses()
    {
        // Three rows a transfer: a period of two mini-batches ends with every second transfer, whether or not pulses came.
        var inner = Cell with { UnitCellDevices = [Nominal(0.01f)], RefreshEvery = 2 };
        using var cell = new CellFixture(new MixedPrecisionCompound { Device = inner }, 3, 1);
        var refreshed = new List<float>();
        for (ulong step = 1; step <= 6; step++)
        {
            cell.Devices.SetHiddenParameters(cell.Weights, [.. cell.Devices.HiddenParameterNames.Select(Saturated)], step);
            cell.Update(step, 0.1f, [0], [0, 0, 0]);
            refreshed.Add(cell.Dump()["cell.refreshed"][0]);
        }

        // The first transfer follows the second vector.
        Assert.Equal([0, 0, 3, 3, 6, 6], refreshed);

        float[] Saturated(string name) => name switch
        {
            "hidden_weights_0" => [0.5f, 0.5f, 0.5f],
            "hidden_weights_1" => [0.9f, 0.9f, 0.9f],
            _ => cell.Hidden(name),
        };
    }

    [Fact]
    public void Write_noise_is_refused_with_refresh()
    {
        var cell = Cell with { UnitCellDevices = [new SoftBoundsDevice { WriteNoiseStd = 1 }] };
        Assert.Contains("refresh", Assert.Throws<ArgumentException>(() => new CellFixture(cell, 2, 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Copied_devices_exchange_their_sides()
    {
        var device = new LinearStepDevice { UpDown = 0.3f, GammaUp = 0.2f, GammaDown = 0.1f, WMax = 0.8f, WMin = -0.5f };
        using var plain = new CellFixture(new OneSidedUnitCell { UnitCellDevices = [device] }, 3, 4);
        using var copied = new CellFixture(new OneSidedUnitCell { UnitCellDevices = [device], CopyInverted = true }, 3, 4);
        Assert.Equal(plain.Hidden("dwmin_up_0"), copied.Hidden("dwmin_up_0"));
        Assert.Equal(plain.Hidden("dwmin_up_1"), copied.Hidden("dwmin_down_1"));
        Assert.Equal(plain.Hidden("dwmin_down_1"), copied.Hidden("dwmin_up_1"));
        Assert.Equal(plain.Hidden("max_bound_1").Select(v => -v), copied.Hidden("min_bound_1"));
        Assert.Equal(plain.Hidden("min_bound_1").Select(v => -v), copied.Hidden("max_bound_1"));
        Assert.Equal(plain.Hidden("slope_up_0").Select(v => -v), copied.Hidden("slope_down_1"));
        Assert.Equal(plain.Hidden("slope_down_0").Select(v => -v), copied.Hidden("slope_up_1"));
    }

    private static CellFixture Filled(OneSidedUnitCell parameters, float[] plus, float[] minus)
    {
        var cell = new CellFixture(parameters, 2, 2, Exact);
        var values = cell.Devices.HiddenParameterNames.Select(name => name switch
        {
            "hidden_weights_0" => minus,
            "hidden_weights_1" => plus,
            _ => cell.Hidden(name),
        });
        cell.Devices.SetHiddenParameters(cell.Weights, [.. values], 0);
        return cell;
    }

    private static void Close(float[] expected, float[] seen)
    {
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], seen[i], 1e-6f);
    }
}
