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
    public void A_period_in_states_is_imitated()
    {
        ChoppedTransferCompound cell = new() { UnitCellDevices = Pair, TransferEvery = -1 };
        Assert.Equal(cell with { Compat = CompatMode.Aihwkit }, AihwkitDefects.AsMeasured(cell, 4, 4));
    }

    [Fact]
    public void A_random_start_is_refused_where_there_is_a_choice()
    {
        AssertRefused(new TransferCompound { UnitCellDevices = Pair, RandomSelection = true }, "first and the last slice");
        MixedPrecisionCompound mixed = new() { Device = Pair[0], RandomRow = true, NRowsPerTransfer = 3 };
        AssertRefused(mixed, "first and the last row");
        Assert.Same(mixed, AihwkitDefects.AsMeasured(mixed, 3, 4));
    }

    [Fact]
    public void A_refresh_with_counted_pulses_is_refused()
    {
        OneSidedUnitCell cell = new() { UnitCellDevices = Pair, RefreshUpdate = new UpdateParameters { PulseType = PulseType.MeanCount } };
        Assert.Same(cell, AihwkitDefects.AsMeasured(cell, 4, 4));
        AssertRefused(cell with { RefreshEvery = 1 }, "counted pulses");
    }

    [Fact]
    public void Events_that_wrap_around_are_refused_where_the_next_cell_counts_mini_batches()
    {
        OneSidedUnitCell counting = new() { UnitCellDevices = Pair, RefreshEvery = 1 };
        TransferCompound cell = new() { UnitCellDevices = [Pair[0], counting], NReadsPerTransfer = 2 };
        Assert.Same(cell, AihwkitDefects.AsMeasured(cell, 4, 4));
        AssertRefused(cell with { NReadsPerTransfer = 3 }, "wraps around");
        AssertRefused(new MixedPrecisionCompound { Device = counting, NRowsPerTransfer = 3 }, "wraps around");
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
    public void A_cell_inside_a_cell_is_refused_if_it_ends_updates_on_the_weights_it_is_handed()
    {
        VectorUnitCell harmless = new() { UnitCellDevices = [new VectorUnitCell { UnitCellDevices = Pair }, new OneSidedUnitCell { UnitCellDevices = Pair }] };
        Assert.Same(harmless, AihwkitDefects.AsMeasured(harmless, 4, 4));
        TransferCompound slow = new() { UnitCellDevices = [Pair[0], new TransferCompound { UnitCellDevices = Pair }] };
        Assert.Same(slow, AihwkitDefects.AsMeasured(slow, 4, 4));
        AssertRefusedInside(new TransferCompound { UnitCellDevices = Pair });
        AssertRefusedInside(new OneSidedUnitCell { UnitCellDevices = Pair, RefreshEvery = 1 });
        AssertRefusedInside(new VectorUnitCell { UnitCellDevices = [new TransferCompound { UnitCellDevices = Pair }] });
    }

    private static void AssertRefusedInside(DeviceParameters inner) =>
        AssertRefused(new VectorUnitCell { UnitCellDevices = [inner, new SoftBoundsDevice()] }, "cells inside a cell");

    private static void AssertRefused(DeviceParameters cell, string reason) =>
        Assert.Contains(reason, Assert.Throws<CaseRefusedException>(() => AihwkitDefects.AsMeasured(cell, 4, 4)).Message, StringComparison.Ordinal);
}
