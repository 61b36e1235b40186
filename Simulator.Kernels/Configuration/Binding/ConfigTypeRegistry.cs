namespace Tessera.Kernels.Configuration.Binding;

/// <summary>The records that a field of an abstract type may hold, found by the names that a file uses. A new device is one line here.</summary>
public sealed class ConfigTypeRegistry
{
    private readonly List<Family> _families = [];

    /// <summary>The records of this library: physics configurations and devices, under aihwkit's class names.</summary>
    public static ConfigTypeRegistry Physics { get; } = new ConfigTypeRegistry()
        .Add<RpuConfig>(
            typeof(SingleRPUConfig),
            typeof(FloatingPointRPUConfig))
        .Add<DeviceParameters>(
            typeof(ConstantStepDevice),
            typeof(LinearStepDevice),
            typeof(SoftBoundsDevice),
            typeof(IdealDevice),
            typeof(FloatingPointDevice))
        .Add<IOParameters>(
            typeof(IOParameters),
            typeof(IOParametersIRDropT),
            typeof(PresetIOParameters),
            typeof(StandardIOParameters),
            typeof(WebComposerIOParameters));

    /// <summary>Registers the records of one base type; the first is taken when a file does not say.</summary>
    public ConfigTypeRegistry Add<TBase>(params Type[] types)
    {
        _families.Add(new Family(typeof(TBase), types));
        return this;
    }

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

    private Family? FamilyOf(Type type)
    {
        foreach (Family family in _families)
        {
            if (family.Base.IsAssignableFrom(type)) { return family; }
        }

        return null;
    }

    private sealed record Family(Type Base, Type[] Types);
}
