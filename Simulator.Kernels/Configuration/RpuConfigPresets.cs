namespace Tessera.Kernels.Configuration;

/// <summary>A configuration with published values.</summary>
/// <param name="Name">Name in files, aihwkit's class name.</param>
/// <param name="Config">The configuration.</param>
/// <param name="Description">What it is, in a few words.</param>
public sealed record RpuConfigPreset(string Name, RpuConfig Config, string Description);

/// <summary>
/// The training presets of aihwkit as a table (spec presets, sections 3 and 4): a file names one where it would name a configuration, and writes fields, also
/// inside the preset's device, to change them.
/// </summary>
public static class RpuConfigPresets
{
    private static readonly IOParameters IO = new() { OutBound = 20f, OutNoise = 0.1f };

    private static readonly IOParameters TransferIO =
        IO with { NoiseManagement = NoiseManagementType.None, BoundManagement = BoundManagementType.None };

    /// <summary>The device families that most rules exist for: name, preset device, whether the fast array subtracts its symmetry point.</summary>
    private static readonly string[] Families = ["ReRamES", "ReRamSB", "Capacitor", "EcRam", "EcRamMO", "Idealized"];

    /// <summary>The cell of two phase-change devices that aihwkit calls <c>PCMPresetUnitCell</c>.</summary>
    public static OneSidedUnitCell PCMUnitCell { get; } = new()
    {
        UnitCellDevices = [Device("PCM"), Device("PCM")],
        RefreshEvery = 1,
        RefreshForward = IO,
    };

    /// <summary>All presets.</summary>
    public static IReadOnlyList<RpuConfigPreset> All { get; } =
    [
        .. Single(),
        .. Vectors(2),
        .. Vectors(4),
        .. TikiTaka(),
        .. Chopped(),
        .. Dynamic(),
        .. MixedPrecision(),
        new("FloatingPointPreset", FloatingPoint, "digital tiles of any size, to compare with"),
    ];

    /// <summary>Cells by further names that files may use.</summary>
    public static IReadOnlyList<DevicePreset> Cells { get; } =
    [
        new("PCMPresetUnitCell", PCMUnitCell, "two phase-change devices that are refreshed"),
        new("DifferenceUnitCell", new OneSidedUnitCell(), "older name of OneSidedUnitCell"),
    ];

    /// <summary>aihwkit's preset of perfect products and updates (spec presets, section 4), whose tiles train as digital ones do.</summary>
    private static FloatingPointRPUConfig FloatingPoint => new() { Mapping = new MappingParameter { MaxInputSize = 0, MaxOutputSize = 0 } };

    private static IEnumerable<RpuConfigPreset> Single()
    {
        foreach (var family in Families.Append("GokmenVlasov"))
        {
            yield return new($"{family}Preset", new SingleRPUConfig { Device = Device(family), Forward = IO, Backward = IO }, $"{family}, one device");
        }

        yield return new("PCMPreset", Cell(PCMUnitCell), "phase-change memory, two devices that are refreshed");
    }

    private static IEnumerable<RpuConfigPreset> Vectors(int count)
    {
        foreach (var family in Families)
        {
            var cell = new VectorUnitCell
            {
                UpdatePolicy = VectorUnitCellUpdatePolicy.SingleRandom,
                UnitCellDevices = [.. Enumerable.Repeat(Device(family), count)],
            };
            yield return new($"{family}{count}Preset", Cell(cell), $"{family}, {count} devices of which a random one learns");
        }
    }

    private static IEnumerable<RpuConfigPreset> TikiTaka()
    {
        foreach (var family in Families)
        {
            var compound = new TransferCompound { UnitCellDevices = Pair(family), TransferForward = TransferIO };
            yield return new($"TikiTaka{family}Preset", Cell(compound), $"{family}, Tiki-Taka");
        }
    }

    private static IEnumerable<RpuConfigPreset> Chopped()
    {
        (string Family, float FastLr, float AutoGranularity, int Slots)[] plain =
        [
            ("ReRamES", 0.5f, 1000, 31), ("ReRamSB", 0.5f, 1000, 31), ("Capacitor", 0.1f, 1000, 31),
            ("EcRam", 0.1f, 500, 100), ("EcRamMO", 0.1f, 500, 100), ("Idealized", 0.1f, 500, 100),
        ];
        foreach (var row in plain)
        {
            yield return new($"TTv2{row.Family}Preset", Chopped(row, 0), $"{row.Family}, Tiki-Taka version 2");
        }

        foreach (var row in plain)
        {
            // The published preset of this device leaves the rate at its default.
            var fast = row.Family == "EcRam" ? 1.0f : row.FastLr;
            var flips = row.Family is "EcRamMO" or "Idealized" ? 0.001f : 0.01f;
            yield return new($"ChoppedTTv2{row.Family}Preset", Chopped(row with { FastLr = fast }, flips), $"{row.Family}, chopped Tiki-Taka version 2");
        }
    }

    private static UnitCellRPUConfig Chopped((string Family, float FastLr, float AutoGranularity, int Slots) row, float flips) => Cell(
        new ChoppedTransferCompound
        {
            UnitCellDevices = Pair(row.Family),
            TransferForward = TransferIO,
            InChopProb = flips,
            FastLr = row.FastLr,
            AutoGranularity = row.AutoGranularity,
            AutoScale = true,
        },
        row.Slots);

    private static IEnumerable<RpuConfigPreset> Dynamic()
    {
        (string Family, float FastLr, float AutoGranularity, float Tail, float Flips, int Slots)[] table =
        [
            ("ReRamES", 0.5f, 1000, 5, 0.02f, 31), ("ReRamSB", 0.5f, 1000, 5, 0.02f, 31), ("Capacitor", 0.1f, 1000, 20, 0.01f, 31),
            ("EcRam", 0.1f, 750, 50, 0.005f, 31), ("EcRamMO", 0.1f, 500, 50, 0.005f, 100), ("Idealized", 0.1f, 500, 50, 0.005f, 100),
        ];
        foreach (var row in table)
        {
            var compound = new DynamicTransferCompound
            {
                UnitCellDevices = Pair(row.Family),
                TransferForward = TransferIO,
                InChopProb = row.Flips,
                FastLr = row.FastLr,
                AutoGranularity = row.AutoGranularity,
                TailWeightening = row.Tail,
                AutoScale = true,
            };
            yield return new($"AGAD{row.Family}Preset", Cell(compound, row.Slots), $"{row.Family}, analog gradient accumulation with dynamic reference");
        }
    }

    private static IEnumerable<RpuConfigPreset> MixedPrecision()
    {
        foreach (var family in Families.Append("GokmenVlasov"))
        {
            yield return new($"MixedPrecision{family}Preset", Rank(Device(family)), $"{family}, gradients summed up digitally");
        }

        yield return new("MixedPrecisionPCMPreset", Rank(PCMUnitCell), "phase-change memory, gradients summed up digitally");
    }

    private static DigitalRankUpdateRPUConfig Rank(DeviceParameters device) =>
        new() { Device = new MixedPrecisionCompound { Device = device }, Forward = IO, Backward = IO };

    private static UnitCellRPUConfig Cell(UnitCell cell, int slots = 31) =>
        new() { Device = cell, Forward = IO, Backward = IO, Update = new UpdateParameters { DesiredBl = slots } };

    /// <summary>The two devices of a compound: soft bounds with a reference are used around their symmetry point.</summary>
    private static DeviceParameters[] Pair(string family)
    {
        var device = Device(family);
        device = device is SoftBoundsReferenceDevice soft ? soft with { SubtractSymmetryPoint = true } : device;
        return [device, device];
    }

    private static DeviceParameters Device(string family) => DevicePresets.All.Single(preset => preset.Name == $"{family}PresetDevice").Device;
}
