using Tessera.Host.Conformance;
using Tessera.Kernels.Configuration;

namespace Tessera.Host.Tests.Conformance;

/// <summary>Which settings aihwkit measures with a defect.</summary>
public sealed class AihwkitDefectsTests
{
    private static readonly DeviceParameters[] Pair = [new SoftBoundsDevice(), new SoftBoundsDevice()];

    [Fact]
    public void A_defect_that_can_be_imitated_is_imitated()
    {
        BufferedTransferCompound cell = new() { UnitCellDevices = Pair, WithResetProb = 0.5f };
        Assert.Equal(cell with { Compat = CompatMode.Aihwkit }, AihwkitDefects.AsMeasured(cell, 4, 4));
    }

    [Fact]
    public void A_cell_without_a_defect_stays_as_it_is()
    {
        TransferCompound cell = new() { UnitCellDevices = Pair, Gamma = 0.5f };
        Assert.Same(cell, AihwkitDefects.AsMeasured(cell, 4, 4));
    }

    [Fact]
    public void Rows_longer_than_columns_are_refused_where_the_buffer_overruns()
    {
        BufferedTransferCompound cell = new() { UnitCellDevices = Pair, TransferColumns = false };
        Assert.Same(cell, AihwkitDefects.AsMeasured(cell, 4, 4));
        Assert.Contains("writes past the end", Assert.Throws<CaseRefusedException>(() => AihwkitDefects.AsMeasured(cell, 4, 5)).Message);
    }

    [Fact]
    public void A_cell_inside_a_cell_is_refused_if_it_ends_updates_on_the_weights_it_is_handed()
    {
        VectorUnitCell harmless = new() { UnitCellDevices = [new VectorUnitCell { UnitCellDevices = Pair }, new OneSidedUnitCell { UnitCellDevices = Pair }] };
        Assert.Same(harmless, AihwkitDefects.AsMeasured(harmless, 4, 4));
        AssertRefused(new TransferCompound { UnitCellDevices = Pair });
        AssertRefused(new OneSidedUnitCell { UnitCellDevices = Pair, RefreshEvery = 1 });
        AssertRefused(new VectorUnitCell { UnitCellDevices = [new TransferCompound { UnitCellDevices = Pair }] });
    }

    private static void AssertRefused(DeviceParameters inner)
    {
        VectorUnitCell cell = new() { UnitCellDevices = [inner, new SoftBoundsDevice()] };
        Assert.Contains("cells inside a cell", Assert.Throws<CaseRefusedException>(() => AihwkitDefects.AsMeasured(cell, 4, 4)).Message);
    }
}
