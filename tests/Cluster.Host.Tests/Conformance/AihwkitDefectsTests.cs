using Tessera.Host.Conformance;
using Tessera.Kernels.Configuration;

namespace Tessera.Host.Tests.Conformance;

/// <summary>Which settings aihwkit measures with a defect.</summary>
public sealed class AihwkitDefectsTests
{
    private static readonly DeviceParameters[] Pair = [new SoftBoundsDevice(), new SoftBoundsDevice()];

    /// <summary>Cells with a defect that the configuration can imitate.</summary>
    public static TheoryData<DeviceParameters> Imitated =>
    [
        new BufferedTransferCompound { UnitCellDevices = Pair, WithResetProb = 0.5f },
        new ChoppedTransferCompound { UnitCellDevices = Pair, TransferEvery = -1 },
        new ChoppedTransferCompound { UnitCellDevices = Pair, TransferEveryVec = [1, 2] },
        new ChoppedTransferCompound { UnitCellDevices = Pair, NoSelfTransfer = false },
        new DynamicTransferCompound { UnitCellDevices = Pair, Gamma = 0.5f },
    ];

    [Theory]
    [MemberData(nameof(Imitated))]
    public void A_defect_that_can_be_imitated_is_imitated(DeviceParameters cell)
    {
        Assert.Equal((TransferCompound)cell with { Compat = CompatMode.Aihwkit }, AihwkitDefects.AsMeasured(cell, 4, 5));
    }

    [Fact]
    public void Signs_behind_their_ends_cannot_be_imitated()
    {
        ChoppedTransferCompound cell = new() { UnitCellDevices = Pair, GammaVec = [0.5f, 1], TransferColumns = false };
        Assert.Equal(cell with { Compat = CompatMode.Aihwkit }, AihwkitDefects.AsMeasured(cell, 4, 4));
        Assert.True(AihwkitDefects.ShowsChoppers(cell));
        Assert.Contains("past their ends", Assert.Throws<CaseRefusedException>(() => AihwkitDefects.AsMeasured(cell, 4, 5)).Message);
    }

    [Fact]
    public void A_cell_without_a_defect_stays_as_it_is()
    {
        TransferCompound cell = new() { UnitCellDevices = Pair, Gamma = 0.5f };
        Assert.Same(cell, AihwkitDefects.AsMeasured(cell, 4, 4));
        ChoppedTransferCompound hidden = new() { UnitCellDevices = Pair, TransferEveryVec = [1, 0] };
        Assert.Same(hidden, AihwkitDefects.AsMeasured(hidden, 4, 4));
        Assert.False(AihwkitDefects.ShowsChoppers(hidden));
    }

    [Fact]
    public void Rows_longer_than_columns_are_refused_where_the_buffer_overruns()
    {
        BufferedTransferCompound cell = new() { UnitCellDevices = Pair, TransferColumns = false };
        Assert.Same(cell, AihwkitDefects.AsMeasured(cell, 4, 4));
        Assert.Contains("writes past the end", Assert.Throws<CaseRefusedException>(() => AihwkitDefects.AsMeasured(cell, 4, 5)).Message);
    }

    [Fact]
    public void A_cell_inside_a_cell_is_refused()
    {
        VectorUnitCell cell = new() { UnitCellDevices = [new VectorUnitCell { UnitCellDevices = Pair }] };
        Assert.Contains("cells inside a cell", Assert.Throws<CaseRefusedException>(() => AihwkitDefects.AsMeasured(cell, 4, 4)).Message);
    }
}
