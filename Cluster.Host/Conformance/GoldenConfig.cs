using System.Globalization;
using System.Text.Json;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Conformance;

/// <summary>Turns the parameter dictionaries of golden files into configuration records, through the same binder and registry that experiments use.</summary>
internal static class GoldenConfig
{
    /// <summary>Fields of a device that switch nothing on at these values, and may be left out where a record has no place for them.</summary>
    private static bool IsInactive(string name, GoldenElement value) => name switch
    {
        "count_pulses" => true, // counting changes no weight
        "drift" => value.Find("nu")?.Number() == 0,
        _ => value.Json.ValueKind == JsonValueKind.False || (value.Json.ValueKind == JsonValueKind.Number && value.Number() == 0),
    };

    /// <summary>A device from all of its fields.</summary>
    /// <param name="name">Its name in the file: a device of aihwkit, or a preset, which is rebuilt from its fields; null where the file does not say.</param>
    /// <param name="fields">Its dataclass fields.</param>
    /// <exception cref="CaseRefusedException">This build has no such device, or refuses its values.</exception>
    public static DeviceParameters Device(string? name, GoldenElement fields) => Bind<DeviceParameters>(DeviceMap(name, fields));

    /// <summary>The update from its fields; absent ones keep their default.</summary>
    /// <exception cref="CaseRefusedException">This build refuses them.</exception>
    public static UpdateParameters Update(GoldenElement fields) => Bind<UpdateParameters>(Map(typeof(UpdateParameters), fields));

    /// <summary>The periphery from its fields; absent ones keep their default.</summary>
    /// <exception cref="CaseRefusedException">This build refuses them.</exception>
    public static IOParameters IO(GoldenElement fields) => Bind<IOParameters>(IOMap(fields));

    private static ConfigMap DeviceMap(string? name, GoldenElement fields)
    {
        IReadOnlyList<Type> known = ConfigTypeRegistry.Physics.CandidatesFor(typeof(DeviceParameters));
        Type type = known.FirstOrDefault(candidate => name is not null && ConfigNames.Fold(candidate.Name) == ConfigNames.Fold(name))
            ?? known.FirstOrDefault(candidate => fields.Find("type") is { } written && ConfigNames.Fold(candidate.Name) == ConfigNames.Fold(written.Text()))
            ?? MostSpecific(known, fields)
            ?? throw new CaseRefusedException(Unknown(name, known, fields));
        ConfigMap map = Map(type, fields);
        map.Set(ConfigSchema.TypeKey, new ConfigScalar(map.Mark, type.Name, IsQuoted: true));
        return map;
    }

    private static ConfigMap IOMap(GoldenElement fields)
    {
        ConfigMap map = Map(typeof(IOParameters), fields);
        foreach (string side in new[] { "inp", "out" })
        {
            // Both spellings mean no bound; files of ours write 0.
            if (fields.Find($"{side}_bound") is { } bound && double.IsPositiveInfinity(bound.Number())) { map.Set($"{side}_bound", new ConfigScalar(map.Mark, "0")); }
        }

        return map;
    }

    /// <summary>The record with the fewest fields among those that have a place for every active field.</summary>
    private static Type? MostSpecific(IReadOnlyList<Type> known, GoldenElement fields) => known
        .Where(type => Missing(type, fields).Count == 0)
        .OrderBy(type => ConfigSchema.FieldsOf(type).Count(field => Find(fields, field.Name) is null))
        .ThenBy(type => ConfigSchema.FieldsOf(type).Count)
        .FirstOrDefault();

    private static List<string> Missing(Type type, GoldenElement fields)
    {
        IReadOnlyList<ConfigField> own = ConfigSchema.FieldsOf(type);
        return [.. fields.Fields
            .Where(field => field.Name != ConfigSchema.TypeKey && !own.Any(candidate => Same(candidate.Name, field.Name))
                && !IsShared(field.Name, field.Value) && !Follows(type, field.Name))
            .Select(field => field.Name)];
    }

    // Here a zero does not excuse: mult_noise false still tells a soft-bounds device from a constant-step one.
    private static bool IsShared(string name, GoldenElement value) => name is "count_pulses" or "drift" && IsInactive(name, value);

    /// <summary>Whether a record has the property, but files cannot give it because it follows from others.</summary>
    private static bool Follows(Type type, string name) => type.GetProperties().Any(property => Same(property.Name, name));

    private static string Unknown(string? name, IReadOnlyList<Type> known, GoldenElement fields)
    {
        string names = string.Join(", ", known.Select(type => type.Name));
        List<string> missing = [.. fields.Fields.Select(field => field.Name).Where(field => field != ConfigSchema.TypeKey && field is not ("count_pulses" or "drift")
            && !known.Any(type => ConfigSchema.FieldsOf(type).Any(own => Same(own.Name, field))))];
        string lack = missing.Count == 0 ? "No device of this build has all of its fields" : $"No device of this build has the field {string.Join(", ", missing)}";
        return $"{name ?? "The device"} is not in this build. {lack}; it has {names}.";
    }

    private static ConfigMap Map(Type type, GoldenElement fields)
    {
        ConfigMap map = new(new SourceMark(fields.Path), []);
        IReadOnlyList<ConfigField> own = ConfigSchema.FieldsOf(type);
        foreach ((string name, GoldenElement value) in fields.Fields)
        {
            if (name == ConfigSchema.TypeKey) { continue; }
            ConfigField? field = own.FirstOrDefault(candidate => Same(candidate.Name, name));
            if (field is not null) { map.Set(field.Name, Node(value, field.Property.PropertyType, map.Mark)); }
            else if (!IsInactive(name, value) && !Follows(type, name)) { throw new CaseRefusedException($"{type.Name} of this build has no field {name}."); }
        }

        return map;
    }

    private static ConfigNode Node(GoldenElement value, Type type, SourceMark mark)
    {
        switch (value.Json.ValueKind)
        {
            case JsonValueKind.Object when type == typeof(DeviceParameters):
                return DeviceMap(null, value);
            case JsonValueKind.Object when type == typeof(IOParameters):
                return IOMap(value);
            case JsonValueKind.Object:
                return Map(Nullable.GetUnderlyingType(type) ?? type, value);
            case JsonValueKind.Array:
                Type element = ConfigSchema.ElementOf(type) ?? type;
                string path = value.Path;
                return new ConfigSequence(mark, [.. value.Json.EnumerateArray().Select(item => Node(new GoldenElement(item, path), element, mark))]);
            case JsonValueKind.String when (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: false } plain && plain != typeof(string):
                return new ConfigScalar(mark, value.Number().ToString(CultureInfo.InvariantCulture));
            case JsonValueKind.String:
                return new ConfigScalar(mark, value.Text(), IsQuoted: true);
            case JsonValueKind.Number when type == typeof(int) && value.Number() is double whole && whole == Math.Round(whole):
                return new ConfigScalar(mark, whole.ToString("F0", CultureInfo.InvariantCulture));
            default:
                return new ConfigScalar(mark, value.Json.GetRawText());
        }
    }

    private static T Bind<T>(ConfigMap map)
        where T : class
    {
        ConfigProblems problems = new(map.Mark);
        T? record = new ConfigBinder(ConfigTypeRegistry.Physics, problems).Bind<T>(map);
        return record is not null && problems.All.Count == 0
            ? record
            : throw new CaseRefusedException(string.Join(" ", problems.All.Select(problem => $"{problem.Path}: {problem.Message}")));
    }

    private static GoldenElement? Find(GoldenElement fields, string name) =>
        fields.Fields.Where(field => Same(field.Name, name)).Select(field => (GoldenElement?)field.Value).FirstOrDefault();

    private static bool Same(string own, string golden) => ConfigNames.Fold(own) == ConfigNames.Fold(golden);
}
