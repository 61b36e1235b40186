using Tessera.Kernels.Devices;

namespace Tessera.Kernels.Configuration.Binding;

/// <summary>What a file may name where a field is polymorphic: a record with its defaults, or a preset, which is a record with other values.</summary>
/// <param name="Name">Name in files.</param>
/// <param name="Type">Type of the record.</param>
/// <param name="Create">Makes the record; fields that a file writes then replace its values.</param>
/// <param name="IsPreset">Whether records inside keep the values that a file does not write, too, instead of starting from their own defaults.</param>
public sealed record ConfigChoice(string Name, Type Type, Func<object> Create, bool IsPreset = false);

/// <summary>The records that a field of an abstract type may hold, found by the names that a file uses.</summary>
public sealed class ConfigTypeRegistry
{
    private readonly List<Family> _families = [];

    /// <summary>The records of this library: physics configurations, devices and device presets, under aihwkit's class names.</summary>
    public static ConfigTypeRegistry Physics { get; } = new ConfigTypeRegistry()
        .Add<RpuConfig>(
            typeof(SingleRPUConfig),
            typeof(UnitCellRPUConfig),
            typeof(DigitalRankUpdateRPUConfig),
            typeof(FloatingPointRPUConfig))
        .AddPresets<RpuConfig>(RpuConfigPresets.All.Select(preset => new ConfigChoice(preset.Name, preset.Config.GetType(), () => preset.Config with { })))
        .AddRecipe<RpuConfig>(BuildConfig.Recipe)
        .Add<DeviceParameters>(
        [
            .. DeviceFamilies.ParameterTypes,
            typeof(VectorUnitCell),
            typeof(ReferenceUnitCell),
            typeof(OneSidedUnitCell),
            typeof(TransferCompound),
            typeof(BufferedTransferCompound),
            typeof(ChoppedTransferCompound),
            typeof(DynamicTransferCompound),
            typeof(MixedPrecisionCompound),
        ])
        .AddPresets<DeviceParameters>(
            DevicePresets.All.Concat(RpuConfigPresets.Cells).Select(preset => new ConfigChoice(preset.Name, preset.Device.GetType(), () => preset.Device with { })))
        .Add<IOParameters>(
            typeof(IOParameters),
            typeof(IOParametersIRDropT),
            typeof(PresetIOParameters),
            typeof(StandardIOParameters),
            typeof(WebComposerIOParameters))
        .Add<UpdateParameters>(typeof(UpdateParameters), typeof(PresetUpdateParameters));

    /// <summary>Registers the records of one base type; the first is taken when a file does not say.</summary>
    public ConfigTypeRegistry Add<TBase>(params Type[] types)
    {
        _families.Add(new Family(typeof(TBase), types, []));
        return this;
    }

    /// <summary>Registers further names for records of a base type whose records are registered already.</summary>
    public ConfigTypeRegistry AddPresets<TBase>(IEnumerable<ConfigChoice> presets)
    {
        FamilyOf(typeof(TBase))!.Presets.AddRange(presets.Select(preset => preset with { IsPreset = true }));
        return this;
    }

    /// <summary>Registers a way to have records of a base type made, whose records are registered already.</summary>
    public ConfigTypeRegistry AddRecipe<TBase>(ConfigRecipe recipe)
    {
        FamilyOf(typeof(TBase))!.Recipe = recipe;
        return this;
    }

    /// <summary>How a file has records of the declared type made, or null.</summary>
    public ConfigRecipe? RecipeOf(Type declared) => FamilyOf(declared)?.Recipe is { } recipe && declared.IsAssignableFrom(recipe.Result) ? recipe : null;

    /// <summary>Whether values of the type name their record with a <c>type</c> field.</summary>
    public bool IsPolymorphic(Type type) => FamilyOf(type) is not null;

    /// <summary>Whether a record is written with its <c>type</c>: always, unless it is the base that its family has a record of.</summary>
    public bool NamesItsType(Type type) => FamilyOf(type) is { } family && family.Base != type;

    /// <summary>The records that may stand where the type is declared, the default first; empty if the type is not polymorphic.</summary>
    public IReadOnlyList<Type> CandidatesFor(Type declared)
    {
        List<Type> candidates = [];
        foreach (Type type in FamilyOf(declared)?.Types ?? [])
        {
            if (declared.IsAssignableFrom(type)) { candidates.Add(type); }
        }

        return candidates;
    }

    /// <summary>What a file may name where the type is declared: the records, the default first, then the presets.</summary>
    public IReadOnlyList<ConfigChoice> ChoicesFor(Type declared)
    {
        List<ConfigChoice> choices = [.. CandidatesFor(declared).Select(type => new ConfigChoice(type.Name, type, () => Activator.CreateInstance(type)!))];
        choices.AddRange(FamilyOf(declared)?.Presets.Where(preset => declared.IsAssignableFrom(preset.Type)) ?? []);
        return choices;
    }

    private Family? FamilyOf(Type type)
    {
        foreach (Family family in _families)
        {
            if (family.Base.IsAssignableFrom(type)) { return family; }
        }

        return null;
    }

    private sealed record Family(Type Base, Type[] Types, List<ConfigChoice> Presets)
    {
        public ConfigRecipe? Recipe { get; set; }
    }
}
