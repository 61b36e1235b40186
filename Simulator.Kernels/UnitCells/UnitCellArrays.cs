using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.UnitCells;

/// <summary>Builds unit cells and what they consist of. Devices take the construction seed of the outermost cell and draw as its numbered devices.</summary>
internal static class UnitCellArrays
{
    /// <summary>Builds a cell whose gradients are summed up digitally.</summary>
    internal static MixedPrecisionArray Create(MixedPrecisionCompound compound, UpdateParameters update, int rows, int columns, TileIdentity tile)
    {
        var managed = update with { UpdateBlManagement = true, UpdateManagement = true };
        var inner = Inner(compound.Device, compound.ConstructionSeed, managed, rows, columns, tile);
        if (compound.Granularity > 0 || inner.WeightGranularity > 0) return new MixedPrecisionArray(compound, inner, rows, columns, tile);
        inner.Dispose();
        throw new ArgumentException("The devices have no granularity, expected granularity above 0 in the compound.");
    }

    /// <summary>Builds a unit cell.</summary>
    /// <param name="cell">Parameters.</param>
    /// <param name="update">How the pulses that arrive at the cell are made.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <param name="tile">Who draws.</param>
    internal static PulsedArray Create(UnitCell cell, UpdateParameters update, int rows, int columns, TileIdentity tile) => cell switch
    {
        ReferenceUnitCell reference => Vector(reference.OfTwo(), update, rows, columns, tile),
        VectorUnitCell vector => Vector(vector, update, rows, columns, tile),
        OneSidedUnitCell sides => OneSided(sides, update, rows, columns, tile),
        TransferCompound transfer => Chain(transfer, update, rows, columns, tile),
        _ => throw new NotSupportedException(
            $"There is no cell of type {cell.GetType().Name}. Known: VectorUnitCell, ReferenceUnitCell, OneSidedUnitCell and the transfer compounds."),
    };

    /// <summary>All devices of a vector cell receive the same trains.</summary>
    private static VectorCellArray Vector(VectorUnitCell cell, UpdateParameters update, int rows, int columns, TileIdentity tile)
    {
        var devices = new PulsedArray[cell.UnitCellDevices.Count];
        for (var k = 0; k < devices.Length; k++)
        {
            devices[k] = Inner(cell.UnitCellDevices[k], cell.ConstructionSeed, update, rows, columns, tile.OfDevice(k, sharesTrains: true));
        }

        return new VectorCellArray(cell, devices, rows, columns, tile);
    }

    private static OneSidedCellArray OneSided(OneSidedUnitCell cell, UpdateParameters update, int rows, int columns, TileIdentity tile)
    {
        var device = (PulsedDeviceParameters)cell.UnitCellDevices[0];
        var devices = new PulsedDeviceArray[2];
        for (var k = 0; k < devices.Length; k++)
        {
            devices[k] = (PulsedDeviceArray)Inner(device, cell.ConstructionSeed, update, rows, columns, tile.OfDevice(k, sharesTrains: true));
        }

        return new OneSidedCellArray(cell, devices, MathF.Abs(device.WMax), rows, columns, tile);
    }

    /// <summary>The fast array receives the trains of the cell; the others are written to by transfers, with trains of their own.</summary>
    private static TransferCellArray Chain(TransferCompound compound, UpdateParameters update, int rows, int columns, TileIdentity tile)
    {
        var devices = new PulsedArray[compound.UnitCellDevices.Count];
        for (var k = 0; k < devices.Length; k++)
        {
            var device = compound.UnitCellDevices[Math.Min(k, 1)];
            var way = k == 0 ? update : compound.TransferUpdate;
            devices[k] = Inner(device, compound.ConstructionSeed, way, rows, columns, tile.OfDevice(k, sharesTrains: k == 0));
        }

        var gamma = TransferCellArray.Weights(compound, devices.Length);
        return compound switch
        {
            DynamicTransferCompound dynamic => new DynamicCellArray(dynamic, update, devices, gamma, rows, columns, tile),
            ChoppedTransferCompound chopped => new ChoppedCellArray(chopped, update, devices, gamma, rows, columns, tile),
            BufferedTransferCompound buffered => new BufferedCellArray(buffered, devices, gamma, rows, columns, tile),
            _ => new TransferCellArray(compound, devices, gamma, rows, columns, tile),
        };
    }

    private static PulsedArray Inner(DeviceParameters device, int seed, UpdateParameters update, int rows, int columns, TileIdentity identity) => device switch
    {
        UnitCell cell => Create(cell with { ConstructionSeed = seed }, update, rows, columns, identity),
        PulsedDeviceParameters pulsed when DeviceFamilies.BuilderOf(pulsed.GetType()) is { } build =>
            build(pulsed with { ConstructionSeed = seed }, update, rows, columns, identity),
        _ => throw new NotSupportedException($"A unit cell cannot contain {device.GetType().Name}. Use pulsed devices or other unit cells."),
    };
}
