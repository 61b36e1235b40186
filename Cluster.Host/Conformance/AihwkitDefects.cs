using Tessera.Kernels.Configuration;

namespace Tessera.Host.Conformance;

/// <summary>
/// Settings of unit cells in which aihwkit's CPU engine plainly departs from its own rules. Where the configuration can imitate it, it does; otherwise
/// there is nothing to compare with.
/// </summary>
internal static class AihwkitDefects
{
    private const string Wrapped = "a transfer that wraps around counts as two mini-batches of the cell that it writes to.";

    /// <summary>The device as it was measured.</summary>
    /// <param name="device">A device or unit cell from a golden file.</param>
    /// <param name="rows">Outputs of the tile.</param>
    /// <param name="columns">Inputs of the tile.</param>
    /// <exception cref="CaseRefusedException">It was measured with a defect that cannot be imitated.</exception>
    public static DeviceParameters AsMeasured(DeviceParameters device, int rows, int columns) => Reason(device, rows, columns) is { } reason
        ? throw new CaseRefusedException($"aihwkit's CPU engine has a defect here that is not imitated: {reason}")
        : device is TransferCompound compound && IsImitated(compound) ? compound with { Compat = CompatMode.Aihwkit } : device;

    /// <summary>Whether the signs of choppers show, so that the visible weight is no fixed sum of the arrays behind it.</summary>
    public static bool ShowsChoppers(DeviceParameters device) => device is ChoppedTransferCompound chopped && HasVisibleFastArray(chopped);

    private static bool IsImitated(TransferCompound compound) =>
        compound is { WithResetProb: > 0 } or ChoppedTransferCompound { TransferEvery: < 0 } or ChoppedTransferCompound { NoSelfTransfer: false }
        || (compound is ChoppedTransferCompound { TransferEveryVec.Count: > 0 } && compound.TransferEveryVec[^1] != 0) || ShowsChoppers(compound);

    private static string? Reason(DeviceParameters device, int rows, int columns) => device switch
    {
        TransferCompound compound and not (BufferedTransferCompound or ChoppedTransferCompound) when WrapsAround(compound, rows, columns) => Wrapped,
        UnitCell cell when PulsedDevices(cell).Any(UsesWeightsAround) => "cells inside a cell are handed the weights of the cell around them.",
        TransferCompound { RandomSelection: true } => "with random_selection the first and the last slice come twice as often as the others.",
        ChoppedTransferCompound { TransferColumns: false } chopped when HasVisibleFastArray(chopped) && rows != columns =>
            "with transfers of rows it looks for the signs of the visible fast array past their ends.",
        BufferedTransferCompound { TransferColumns: false } when columns > rows =>
            "with transfers of rows it writes past the end of a vector shorter than a row.",
        TransferCompound { TransferUpdate.PulseType: PulseType.NoneWithDevice } => "pulse type NoneWithDevice loses the writes of a unit cell.",
        OneSidedUnitCell { RefreshEvery: > 0, RefreshUpdate.PulseType: PulseType.MeanCount or PulseType.DeterministicImplicit } =>
            "a refresh with counted pulses lowers what it ought to raise.",
        MixedPrecisionCompound { RandomRow: true } mixed when mixed.NRowsPerTransfer > 0 && mixed.NRowsPerTransfer < rows =>
            "with random_row the first and the last row come twice as often as the others.",
        MixedPrecisionCompound mixed when mixed.NXBins > 0 != mixed.NDBins > 0 => "with one of n_x_bins and n_d_bins nothing is summed up.",
        MixedPrecisionCompound { NRowsPerTransfer: > 0 } mixed when rows % Math.Min(mixed.NRowsPerTransfer, rows) != 0 && CountsBatches(mixed.Device) => Wrapped,
        MixedPrecisionCompound { Device: UnitCell inner } => Reason(inner, rows, columns),
        _ => null,
    };

    /// <summary>Devices that take the pulses of the tile. The others of a chain are written to with their own weights.</summary>
    private static IEnumerable<DeviceParameters> PulsedDevices(UnitCell cell) => cell is TransferCompound ? cell.UnitCellDevices.Take(1) : cell.UnitCellDevices;

    /// <summary>Cells inside a cell end their updates on the weights of the cell around them; it matters to those that then write or sum up.</summary>
    private static bool UsesWeightsAround(DeviceParameters inner) => inner switch
    {
        TransferCompound or OneSidedUnitCell { RefreshEvery: > 0 } => true,
        UnitCell cell => cell.UnitCellDevices.Any(UsesWeightsAround),
        _ => false,
    };

    private static bool WrapsAround(TransferCompound compound, int rows, int columns)
    {
        int slices = compound.TransferColumns ? columns : rows;
        int reads = Math.Min(compound.NReadsPerTransfer, slices);
        return slices % reads != 0 && compound.UnitCellDevices.Skip(1).Any(CountsBatches);
    }

    private static bool CountsBatches(DeviceParameters device) => device switch
    {
        TransferCompound { UnitsInMbatch: true } or OneSidedUnitCell { RefreshEvery: > 0, UnitsInMbatch: true } => true,
        UnitCell cell => cell.UnitCellDevices.Any(CountsBatches),
        _ => false,
    };

    private static bool HasVisibleFastArray(TransferCompound compound) =>
        compound.GammaVec.Count > 0 ? compound.GammaVec.Take(compound.GammaVec.Count - 1).Any(gamma => gamma != 0) : compound.Gamma != 0;
}
