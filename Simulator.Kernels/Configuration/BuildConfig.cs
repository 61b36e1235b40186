using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>A learning rule that <see cref="BuildConfig"/> has a configuration for.</summary>
/// <param name="Name">Its name in files.</param>
/// <param name="OtherNames">Names that mean the same.</param>
/// <param name="Description">What it is, in a few words.</param>
public sealed record LearningRule(string Name, IReadOnlyList<string> OtherNames, string Description);

/// <summary>What a configuration is built from beside the rule: the arguments of aihwkit's <c>build_config</c>.</summary>
public sealed record BuildConfigArguments
{
    /// <summary>The device at every cross-point.</summary>
    public required DeviceParameters Device { get; init; } = new ConstantStepDevice();

    /// <summary>Read-out in both directions and of transfers. Default <see cref="Configuration.IOParameters"/>.</summary>
    public IOParameters IOParameters { get; init; } = new();

    /// <summary>The update, and in parts that of transfers. Default <see cref="UpdateParameters"/>.</summary>
    public UpdateParameters UpParameters { get; init; } = new();

    /// <summary>Devices of a cross-point, 1 to 1,000; above 1 for <c>sgd</c> only. Default 1.</summary>
    public int NDevices { get; init; } = 1;

    /// <summary>Seed of the devices; 0 derives it from the run seed. Default 0.</summary>
    public int ConstructionSeed { get; init; }
}

/// <summary>Configurations by the name of a learning rule (spec presets, section 7; aihwkit's <c>build_config</c>).</summary>
public static class BuildConfig
{
    private const int DevicesMax = 1000;

    /// <summary>The rules.</summary>
    public static IReadOnlyList<LearningRule> Rules { get; } =
    [
        new("sgd", [], "pulses go straight to the weight"),
        new("tiki-taka", ["tt", "ttv1"], "a fast device gathers gradients that are transferred to a slow one"),
        new("ttv2", [], "Tiki-Taka with transfers through a digital buffer"),
        new("c-ttv2", ["chopped-ttv2", "ttv3"], "TTv2 with choppers that cancel offsets"),
        new("agad", ["ttv4"], "choppers and a reference that is estimated on the way"),
        new("mixed-precision", ["mp"], "gradients gather digitally and are written to the device row by row"),
    ];

    /// <summary>How files have a configuration built.</summary>
    internal static ConfigRecipe Recipe { get; } = new(
        "build_config",
        "algorithm",
        [.. Rules.SelectMany(rule => rule.OtherNames.Prepend(rule.Name))],
        typeof(AnalogRPUConfig),
        typeof(BuildConfigArguments),
        (rule, arguments, checks) => Check(rule, (BuildConfigArguments)arguments, checks),
        (rule, arguments) => Create(rule, Buildable((BuildConfigArguments)arguments)));

    /// <summary>Builds a configuration.</summary>
    /// <param name="algorithm">Name of the rule; case, hyphens and underscores do not matter.</param>
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
        return Create(algorithm, new BuildConfigArguments
        {
            Device = device,
            IOParameters = io ?? new IOParameters(),
            UpParameters = update ?? new UpdateParameters(),
            NDevices = deviceCount,
            ConstructionSeed = constructionSeed,
        });
    }

    private static AnalogRPUConfig Create(string algorithm, BuildConfigArguments arguments)
    {
        var (device, read, write, seed) = (arguments.Device, arguments.IOParameters, arguments.UpParameters, arguments.ConstructionSeed);
        return Find(algorithm)?.Name switch
        {
            "sgd" when arguments.NDevices == 1 => new SingleRPUConfig { Device = Seeded(device, seed), Forward = read, Backward = read, Update = write },
            "sgd" => Cell(
                new VectorUnitCell
                {
                    UnitCellDevices = [.. Enumerable.Repeat(device, arguments.NDevices)],
                    UpdatePolicy = VectorUnitCellUpdatePolicy.SingleRandom,
                    ConstructionSeed = seed,
                },
                read,
                write),
            "tiki-taka" => Cell(
                new TransferCompound
                {
                    UnitCellDevices = [device, device],
                    TransferForward = Unmanaged(read),
                    TransferUpdate = write,
                    ConstructionSeed = seed,
                },
                read,
                write),
            "ttv2" => Cell(Chopped(device, read, write, seed) with { InChopProb = 0 }, read, write with { DesiredBl = 5 }),
            "c-ttv2" => Cell(Chopped(device, read, write, seed) with { FastLr = 0.1f, AutoScale = true }, read, write with { DesiredBl = 5 }),
            "agad" => Cell(
                new DynamicTransferCompound
                {
                    UnitCellDevices = [device, device],
                    TransferForward = read,
                    TransferUpdate = write with { DesiredBl = 1, UpdateBlManagement = true, UpdateManagement = true },
                    FastLr = 0.1f,
                    AutoScale = true,
                    ConstructionSeed = seed,
                },
                read,
                write with { DesiredBl = 5 }),
            "mixed-precision" => new DigitalRankUpdateRPUConfig
            {
                Device = new MixedPrecisionCompound { Device = device, ConstructionSeed = seed },
                Forward = read,
                Backward = read,
                Update = write,
            },
            _ => throw new ArgumentException($"There is no learning rule '{algorithm}'. Known: {string.Join(", ", Recipe.Names)}.", nameof(algorithm)),
        };
    }

    /// <summary>Arguments of which something can be built, so that what is written beside refused ones is checked all the same.</summary>
    private static BuildConfigArguments Buildable(BuildConfigArguments arguments) => arguments with { NDevices = Math.Clamp(arguments.NDevices, 1, DevicesMax) };

    private static LearningRule? Find(string algorithm)
    {
        var folded = ConfigNames.Fold(algorithm);
        return Rules.FirstOrDefault(rule => rule.OtherNames.Prepend(rule.Name).Any(name => ConfigNames.Fold(name) == folded));
    }

    private static void Check(string algorithm, BuildConfigArguments arguments, FieldChecks checks)
    {
        var device = arguments.Device;
        var isPlain = algorithm == "sgd" && arguments.NDevices == 1;
        checks.Between("n_devices", arguments.NDevices, 1, DevicesMax);
        if (arguments.NDevices > 1 && algorithm != "sgd")
        {
            checks.Fail("n_devices", $"saw {arguments.NDevices} with {algorithm}, expected 1: only sgd has several devices of which a random one learns.");
        }

        if (isPlain && device is UnitCell or DigitalRankUpdateCell)
        {
            var config = device is UnitCell ? nameof(UnitCellRPUConfig) : nameof(DigitalRankUpdateRPUConfig);
            checks.Fail("device", $"saw {device.GetType().Name}, expected a single device for sgd; write type: {config} in place of build_config for this one.");
        }
        else if (!isPlain && device is not (PulsedDeviceParameters or UnitCell))
        {
            checks.Fail("device", $"saw {device.GetType().Name}, expected a pulsed device or a unit cell for {algorithm}: its pulses are what the rule is about.");
        }

        device.Check(checks.Inside("device"));
        CellChecks.IO(arguments.IOParameters, checks.Inside("io_parameters"));
        RpuConfigValidator.CheckUpdate(arguments.UpParameters, checks.Inside("up_parameters"));
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
        IdealDevice ideal => ideal with { ConstructionSeed = seed },
        _ => device,
    };
}
