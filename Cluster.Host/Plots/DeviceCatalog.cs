using Tessera.Host.CommandLine;
using Tessera.Host.Configuration;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Plots;

/// <summary>A device or preset that a configuration may name.</summary>
/// <param name="Name">aihwkit's class name.</param>
/// <param name="Description">One sentence.</param>
internal sealed record DeviceEntry(string Name, string Description);

/// <summary>A device to draw.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Device">Its parameters.</param>
internal sealed record PlottedDevice(string Name, DeviceParameters Device);

/// <summary>The devices and presets of the registry, with a sentence about each.</summary>
internal static class DeviceCatalog
{
    private static readonly Dictionary<string, string> Sentences = new()
    {
        ["ConstantStepDevice"] = "Every pulse moves the weight by the same mean step, up to hard bounds.",
        ["LinearStepDevice"] = "The step falls linearly with the weight, up to hard bounds.",
        ["SoftBoundsDevice"] = "The step vanishes linearly at the device's own bounds.",
        ["SoftBoundsPmaxDevice"] = "Soft bounds, described by the number of pulses that cross the range.",
        ["SoftBoundsReferenceDevice"] = "Soft bounds around a reference device, whose value is subtracted.",
        ["ExpStepDevice"] = "The step falls exponentially with the weight.",
        ["PowStepDevice"] = "The step is a power of the room left to the bound.",
        ["PowStepReferenceDevice"] = "A power law around a reference device, whose value is subtracted.",
        ["PiecewiseStepDevice"] = "The step is linear between nodes that divide the range evenly.",
        ["HiddenStepDevice"] = "Pulses move a hidden state, and only now and then the weight.",
        ["VectorUnitCell"] = "Several devices share a crosspoint and the weight is their weighted sum.",
        ["ReferenceUnitCell"] = "Two devices of which only one is updated; the other is the reference.",
        ["OneSidedUnitCell"] = "Two devices that are only moved up, one for each sign, with refresh.",
        ["TransferCompound"] = "Tiki-taka: a fast device gathers gradients that are transferred to a slow one.",
        ["BufferedTransferCompound"] = "Tiki-taka version 2: transfers pass through a digital buffer.",
        ["ChoppedTransferCompound"] = "Tiki-taka version 2 with choppers that cancel offsets.",
        ["DynamicTransferCompound"] = "AGAD: choppers and a reference that is estimated on the way.",
        ["MixedPrecisionCompound"] = "Gradients gather digitally and are written to the device row by row.",
        ["IdealDevice"] = "Exact updates without pulses or bounds; reads may still be analog.",
        ["FloatingPointDevice"] = "Digital weights: exact updates and exact reads.",
    };

    /// <summary>
    /// All that <c>rpu_config.device</c> may name, the devices first, then the presets; then the presets of a whole <c>rpu_config</c>, and what
    /// <c>rpu_config.build_config</c> may name.
    /// </summary>
    public static IReadOnlyList<DeviceEntry> Entries { get; } =
    [
        .. ConfigTypeRegistry.Physics.ChoicesFor(typeof(DeviceParameters)).Select(Describe),
        .. Configurations.Select(Describe),
        .. BuildConfig.Rules.Select(Describe),
    ];

    /// <summary>The presets of a whole configuration.</summary>
    private static IEnumerable<ConfigChoice> Configurations =>
        ConfigTypeRegistry.Physics.ChoicesFor(typeof(RpuConfig)).Where(choice => choice.Name != choice.Type.Name);

    /// <summary>The learning rules by all their names.</summary>
    private static IEnumerable<ConfigChoice> LearningRules => BuildConfig.Rules.SelectMany(rule => rule.OtherNames.Prepend(rule.Name)).Select(name =>
        new ConfigChoice(name, typeof(AnalogRPUConfig), () => BuildConfig.Create(name, new SoftBoundsDevice())));

    /// <summary>A device by its name or that of a preset or learning rule, or that of a configuration file.</summary>
    /// <remarks>A cell or rule that is only named gets soft-bounds devices.</remarks>
    /// <exception cref="CommandLineException">There is neither.</exception>
    /// <exception cref="ConfigurationException">The file is wrong.</exception>
    public static PlottedDevice Find(string name)
    {
        if (File.Exists(name)) { return FromFile(name); }
        if (Directory.Exists(name)) { throw new CommandLineException($"--plot: '{name}' is a folder; expected the name of a device or a configuration file."); }
        if (Path.GetExtension(name) is ".yaml" or ".yml") { throw new CommandLineException($"--plot: there is no file '{name}'."); }
        List<ConfigChoice> choices = [.. ConfigTypeRegistry.Physics.ChoicesFor(typeof(DeviceParameters)), .. Configurations, .. LearningRules];
        string folded = ConfigNames.Fold(name);
        ConfigChoice? choice = choices.Find(candidate => ConfigNames.Fold(candidate.Name) == folded || ConfigNames.Fold(candidate.Name) == $"{folded}device");
        if (choice is null)
        {
            throw new CommandLineException($"--plot: there is no device '{name}'.{ConfigNames.Suggest(name, [.. choices.Select(candidate => candidate.Name)])}");
        }

        return new PlottedDevice(choice.Name, choice.Create() switch
        {
            RpuConfig config => DeviceOf(config),
            object device => Filled((DeviceParameters)device),
        });
    }

    private static DeviceEntry Describe(ConfigChoice choice)
    {
        string? preset = DevicePresets.All.Concat(RpuConfigPresets.Cells).FirstOrDefault(candidate => candidate.Name == choice.Name)?.Description
            ?? RpuConfigPresets.All.FirstOrDefault(candidate => candidate.Name == choice.Name)?.Description;
        string sentence = preset is null ? Sentences.GetValueOrDefault(choice.Name, "A device without a description.") : $"Preset of {choice.Type.Name}: {preset}.";
        return new DeviceEntry(choice.Name, sentence);
    }

    private static DeviceEntry Describe(LearningRule rule)
    {
        string others = rule.OtherNames.Count == 0 ? "" : $" (also {string.Join(", ", rule.OtherNames)})";
        return new DeviceEntry(rule.Name, $"Learning rule of build_config{others}: {rule.Description}.");
    }

    private static DeviceParameters DeviceOf(RpuConfig config) => config switch
    {
        SingleRPUConfig single => single.Device,
        UnitCellRPUConfig cell => cell.Device,
        DigitalRankUpdateRPUConfig rank => rank.Device,
        FloatingPointRPUConfig floating => floating.Device,
        _ => throw new InvalidOperationException($"There is no drawing of a {config.GetType().Name}."),
    };

    private static DeviceParameters Filled(DeviceParameters device) => device switch
    {
        UnitCell { UnitCellDevices.Count: 0 } cell => cell with { UnitCellDevices = [new SoftBoundsDevice(), new SoftBoundsDevice()] },
        MixedPrecisionCompound { Device: UnitCell { UnitCellDevices.Count: 0 } } compound => compound with { Device = new SoftBoundsDevice() },
        _ => device,
    };

    /// <summary>An experiment, an rpu_config or a device alone.</summary>
    private static PlottedDevice FromFile(string file)
    {
        SourceMark origin = new(file);
        ConfigProblems problems = new(origin);
        ConfigNode? root = YamlTreeReader.Read(File.ReadAllText(file), file, problems);
        problems.ThrowIfAny();
        string name = Path.GetFileNameWithoutExtension(file);
        ConfigBinder binder = new(ConfigTypeRegistry.Physics, problems);
        if (root is ConfigMap map && (map.Find("rpu_config")?.Value ?? (NamesConfiguration(map) ? map : null)) is { } physics)
        {
            ConfigHolder? whole = binder.Bind<ConfigHolder>(new ConfigMap(physics.Mark, [new ConfigEntry("rpu_config", physics.Mark, physics)]));
            problems.ThrowIfAny();
            return new PlottedDevice(name, DeviceOf(whole!.RpuConfig));
        }

        ConfigNode? device = root is not ConfigMap alone ? null : alone.Find(ConfigSchema.TypeKey) is not null ? alone : alone.Find("device")?.Value;
        if (device is null)
        {
            throw new CommandLineException($"--plot: '{file}' names no device; expected rpu_config.device, or the fields of a device with 'type:'.");
        }

        // The binder wants a map around a device that is only named.
        ConfigMap around = new(device.Mark, [new ConfigEntry("device", device.Mark, device)]);
        DeviceHolder? holder = binder.Bind<DeviceHolder>(around);
        problems.ThrowIfAny();
        return new PlottedDevice(name, Filled(holder!.Device));
    }

    /// <summary>Whether a map is a configuration, rather than a device: by its type, or by what it has built.</summary>
    private static bool NamesConfiguration(ConfigMap map) =>
        (ConfigTypeRegistry.Physics.RecipeOf(typeof(RpuConfig)) is { } recipe && map.Find(recipe.Key) is not null)
        || (map.Find(ConfigSchema.TypeKey)?.Value is ConfigScalar type
        && ConfigTypeRegistry.Physics.ChoicesFor(typeof(RpuConfig)).Any(choice => ConfigNames.Fold(choice.Name) == ConfigNames.Fold(type.Text)));

    private sealed record DeviceHolder
    {
        public DeviceParameters Device { get; init; } = new ConstantStepDevice();
    }

    private sealed record ConfigHolder
    {
        public RpuConfig RpuConfig { get; init; } = new SingleRPUConfig();
    }
}
