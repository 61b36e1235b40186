namespace Tessera.Kernels.Configuration;

/// <summary>Configurations by the name of a learning rule (spec presets, section 7; aihwkit's <c>build_config</c>).</summary>
public static class BuildConfig
{
    private const string Names = "sgd, tiki-taka (tt, ttv1), ttv2, chopped-ttv2 (ttv3, c-ttv2), agad (ttv4), mixed-precision (mp)";

    /// <summary>Builds a configuration.</summary>
    /// <param name="algorithm">Name of the rule; case does not matter.</param>
    /// <param name="device">The device at every cross-point.</param>
    /// <param name="io">Read-out in both directions and of transfers. Default <see cref="IOParameters"/>.</param>
    /// <param name="update">The update. Default <see cref="UpdateParameters"/>.</param>
    /// <param name="deviceCount">Devices of a cross-point, for <c>sgd</c>. Default 1.</param>
    /// <param name="constructionSeed">Seed of the devices; 0 derives it from the run seed. Default 0.</param>
    /// <exception cref="ArgumentException">There is no such rule.</exception>
    public static AnalogRPUConfig Create(
        string algorithm, DeviceParameters device, IOParameters? io = null, UpdateParameters? update = null, int deviceCount = 1, int constructionSeed = 0)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        ArgumentNullException.ThrowIfNull(device);
        var read = io ?? new IOParameters();
        var write = update ?? new UpdateParameters();
        return algorithm.ToLowerInvariant() switch
        {
            "sgd" when deviceCount == 1 => new SingleRPUConfig { Device = Seeded(device, constructionSeed), Forward = read, Backward = read, Update = write },
            "sgd" => Cell(
                new VectorUnitCell
                {
                    UnitCellDevices = [.. Enumerable.Repeat(device, deviceCount)],
                    UpdatePolicy = VectorUnitCellUpdatePolicy.SingleRandom,
                    ConstructionSeed = constructionSeed,
                },
                read,
                write),
            "tiki-taka" or "tt" or "ttv1" => Cell(
                new TransferCompound
                {
                    UnitCellDevices = [device, device],
                    TransferForward = Unmanaged(read),
                    TransferUpdate = write,
                    ConstructionSeed = constructionSeed,
                },
                read,
                write),
            "ttv2" => Cell(Chopped(device, read, write, constructionSeed) with { InChopProb = 0 }, read, write with { DesiredBl = 5 }),
            "chopped-ttv2" or "ttv3" or "c-ttv2" => Cell(
                Chopped(device, read, write, constructionSeed) with { FastLr = 0.1f, AutoScale = true }, read, write with { DesiredBl = 5 }),
            "agad" or "ttv4" => Cell(
                new DynamicTransferCompound
                {
                    UnitCellDevices = [device, device],
                    TransferForward = read,
                    TransferUpdate = write with { DesiredBl = 1, UpdateBlManagement = true, UpdateManagement = true },
                    FastLr = 0.1f,
                    AutoScale = true,
                    ConstructionSeed = constructionSeed,
                },
                read,
                write with { DesiredBl = 5 }),
            "mp" or "mixed-precision" => new DigitalRankUpdateRPUConfig
            {
                Device = new MixedPrecisionCompound { Device = device, ConstructionSeed = constructionSeed },
                Forward = read,
                Backward = read,
                Update = write,
            },
            _ => throw new ArgumentException($"There is no learning rule '{algorithm}'. Known: {Names}.", nameof(algorithm)),
        };
    }

    private static ChoppedTransferCompound Chopped(DeviceParameters device, IOParameters read, UpdateParameters write, int seed) => new()
    {
        UnitCellDevices = [device, device],
        TransferForward = Unmanaged(read),
        TransferUpdate = write with { DesiredBl = 1, UpdateBlManagement = false, UpdateManagement = false },
        ConstructionSeed = seed,
    };

    private static UnitCellRPUConfig Cell(UnitCell cell, IOParameters read, UpdateParameters write) =>
        new() { Device = cell, Forward = read, Backward = read, Update = write };

    private static IOParameters Unmanaged(IOParameters io) =>
        io with { NoiseManagement = NoiseManagementType.None, BoundManagement = BoundManagementType.None };

    private static DeviceParameters Seeded(DeviceParameters device, int seed) => device switch
    {
        PulsedDeviceParameters pulsed => pulsed with { ConstructionSeed = seed },
        UnitCell cell => cell with { ConstructionSeed = seed },
        IdealDevice ideal => ideal with { ConstructionSeed = seed },
        _ => device,
    };
}
