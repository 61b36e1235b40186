using System.Collections;
using System.Reflection;

namespace Tessera.Kernels.Configuration.Binding;

/// <summary>
/// Builds configuration records from a tree of nodes. Fields that are not written keep the record's defaults; every problem is collected with its
/// place, the value seen, what was expected and the nearest valid name, and the whole tree is read before anything is refused.
/// </summary>
/// <param name="registry">Records of polymorphic fields.</param>
/// <param name="problems">Receives what is wrong, and where each field was written.</param>
public sealed partial class ConfigBinder(ConfigTypeRegistry registry, ConfigProblems problems)
{
    /// <summary>Binds a tree to a record.</summary>
    /// <returns>The record, or null if the tree does not describe one; problems then say why. A record with problems is incomplete.</returns>
    public T? Bind<T>(ConfigNode root)
        where T : class
    {
        problems.Locate("", root.Mark);
        return (T?)BindValue(typeof(T), root, "", isNullable: false, current: null);
    }

    private object? BindValue(Type declared, ConfigNode node, string path, bool isNullable, object? current)
    {
        Type type = Nullable.GetUnderlyingType(declared) ?? declared;
        problems.Locate(path, node.Mark);
        if (node is ConfigScalar { IsNothing: true } && isNullable) { return null; }
        if (ConfigSchema.IsScalar(type)) { return BindScalar(type, node, path); }
        if (ConfigSchema.ElementOf(type) is Type element) { return BindList(element, node, path); }
        return registry.IsPolymorphic(type) ? BindPolymorphic(type, node, path, current) : BindRecord(type, node, path, current);
    }

    private object? BindScalar(Type type, ConfigNode node, string path)
    {
        if (node is not ConfigScalar scalar)
        {
            problems.Add(node.Mark, path, $"saw {node.Describe()}, expected a single value.");
            return null;
        }

        // An enumeration answers with the list of its values instead.
        if (scalar.IsNothing && !type.IsEnum)
        {
            problems.Add(node.Mark, path, "saw nothing, expected a value; write one, or remove the line to keep the default.");
            return null;
        }

        string? trouble = ScalarParser.Parse(type, scalar, out object? value);
        if (trouble is not null) { problems.Add(node.Mark, path, trouble); }
        return value;
    }

    private IList? BindList(Type element, ConfigNode node, string path)
    {
        if (node is not ConfigSequence sequence)
        {
            problems.Add(node.Mark, path, $"saw {node.Describe()}, expected a list: one item a line with a leading '- ', or [a, b].");
            return null;
        }

        IList list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        for (int index = 0; index < sequence.Items.Count; index++)
        {
            object? item = BindValue(element, sequence.Items[index], $"{path}.{index}", isNullable: false, current: null);
            if (item is not null) { list.Add(item); }
        }

        return list;
    }

    private object? BindPolymorphic(Type declared, ConfigNode node, string path, object? current)
    {
        IReadOnlyList<ConfigChoice> candidates = registry.ChoicesFor(declared);
        switch (node)
        {
            case ConfigMap made when registry.RecipeOf(declared) is { } recipe && made.Find(recipe.Key) is { } entry:
                return BindRecipe(recipe, entry, made, path);
            case ConfigScalar { IsNothing: false } name:
                ConfigChoice? named = FindChoice(candidates, name, path);
                return named is null ? null : BindFields(named.Create(), new ConfigMap(name.Mark, []), path, hasTypeKey: true, named.IsPreset);
            case ConfigMap map when current is not null && map.Find(ConfigSchema.TypeKey) is null:
                return BindFields(Copy(current), map, path, hasTypeKey: true, isPreset: true);
            case ConfigMap map:
                ConfigChoice? chosen = candidates[0];
                if (map.Find(ConfigSchema.TypeKey) is ConfigEntry type)
                {
                    if (type.Value is ConfigScalar { IsNothing: false } scalar) { chosen = FindChoice(candidates, scalar, Join(path, ConfigSchema.TypeKey)); }
                    else
                    {
                        problems.Add(type.Value.Mark, Join(path, ConfigSchema.TypeKey), $"saw {type.Value.Describe()}, expected one of {Names(candidates)}.");
                        chosen = null;
                    }
                }

                return chosen is null ? null : BindFields(chosen.Create(), map, path, hasTypeKey: true, chosen.IsPreset);
            default:
                problems.Add(node.Mark, path, $"saw {node.Describe()}, expected one of {Names(candidates)}, or its fields with 'type:'.");
                return null;
        }
    }

    private ConfigChoice? FindChoice(IReadOnlyList<ConfigChoice> candidates, ConfigScalar scalar, string path)
    {
        foreach (ConfigChoice candidate in candidates)
        {
            if (ConfigNames.Fold(candidate.Name) == ConfigNames.Fold(scalar.Text)) { return candidate; }
        }

        string? nearest = ConfigNames.Nearest(scalar.Text, candidates.Select(candidate => candidate.Name));
        string hint = nearest is null ? "" : $" Did you mean '{nearest}'?";
        problems.Add(scalar.Mark, path, $"saw {scalar.Describe()}, expected one of {Names(candidates)}.{hint}");
        return null;
    }

    private object? BindRecord(Type type, ConfigNode node, string path, object? current)
    {
        switch (node)
        {
            case ConfigMap map:
                object start = current is null ? Activator.CreateInstance(type)! : Copy(current);
                return BindFields(start, map, path, hasTypeKey: false, isPreset: current is not null);
            case ConfigScalar { IsNothing: false } scalar when HasTypeField(type):
                ConfigMap shorthand = new(scalar.Mark, [new ConfigEntry(ConfigSchema.TypeKey, scalar.Mark, scalar)]);
                return BindFields(Activator.CreateInstance(type)!, shorthand, path, hasTypeKey: false, isPreset: false);
            case ConfigScalar { IsNothing: true }:
                problems.Add(node.Mark, path, "saw nothing, expected fields; indent them below, or remove the line to keep the defaults.");
                return null;
            default:
                problems.Add(node.Mark, path, $"saw {node.Describe()}, expected the fields {string.Join(", ", ConfigSchema.FieldsOf(type).Select(field => field.Name))}.");
                return null;
        }
    }

    private static bool HasTypeField(Type type) => ConfigSchema.FieldsOf(type).Any(field => field.Name == ConfigSchema.TypeKey);

    private object BindFields(object record, ConfigMap map, string path, bool hasTypeKey, bool isPreset)
    {
        Type type = record.GetType();
        IReadOnlyList<ConfigField> fields = ConfigSchema.FieldsOf(type);
        Dictionary<string, SourceMark> seen = [];
        foreach (ConfigEntry entry in map.Entries)
        {
            string fieldPath = Join(path, entry.Key);
            if (seen.TryGetValue(entry.Key, out SourceMark first))
            {
                problems.Add(entry.KeyMark, fieldPath, $"is written twice, first at {first}; remove one of the two.");
                continue;
            }

            seen.Add(entry.Key, entry.KeyMark);
            if (hasTypeKey && entry.Key == ConfigSchema.TypeKey) { continue; }
            ConfigField? field = fields.FirstOrDefault(candidate => candidate.Name == entry.Key);
            if (field is null) { AddUnknown(type, entry, fieldPath, fields, hasTypeKey); }
            else { BindField(record, field, entry, fieldPath, isPreset); }
        }

        foreach (ConfigField field in fields)
        {
            if (field.IsRequired && !seen.ContainsKey(field.Name)) { problems.Add(map.Mark, Join(path, field.Name), $"is missing; write '{field.Name}:' with {Expectation(field.Property)}."); }
        }

        return record;
    }

    private void BindField(object record, ConfigField field, ConfigEntry entry, string path, bool isPreset)
    {
        // Inside a preset, records that a file changes start from the preset's values.
        object? current = isPreset ? field.Property.GetValue(record) : null;
        object? value = BindValue(field.Property.PropertyType, entry.Value, path, field.IsNullable, current);
        if (value is not null || (field.IsNullable && entry.Value is ConfigScalar { IsNothing: true })) { field.Property.SetValue(record, value); }
    }

    /// <summary>A copy of a record, as <c>with { }</c> makes it.</summary>
    private static object Copy(object record) =>
        record.GetType().GetMethod("<Clone>$", BindingFlags.Public | BindingFlags.Instance)!.Invoke(record, null)!;

    private void AddUnknown(Type type, ConfigEntry entry, string path, IReadOnlyList<ConfigField> fields, bool hasTypeKey)
    {
        List<string> names = [.. fields.Select(field => field.Name)];
        if (hasTypeKey) { names.Add(ConfigSchema.TypeKey); }
        string owner = path.Contains('.') || hasTypeKey ? type.Name : "an experiment";
        problems.Add(entry.KeyMark, path, $"unknown field '{entry.Key}' of {owner}.{ConfigNames.Suggest(entry.Key, names)}");
    }

    private static string Expectation(PropertyInfo property) => property.PropertyType switch
    {
        { IsEnum: true } type => $"one of {string.Join(", ", Enum.GetNames(type))}",
        { } type when ConfigSchema.ElementOf(type) is not null => "a list",
        _ => "a value",
    };

    private static string Names(IReadOnlyList<ConfigChoice> choices) => string.Join(", ", choices.Select(choice => choice.Name));

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
