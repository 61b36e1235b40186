using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration.Binding;

/// <content>Records that are made from a name and arguments.</content>
public sealed partial class ConfigBinder
{
    private object? BindRecipe(ConfigRecipe recipe, ConfigEntry entry, ConfigMap map, string path)
    {
        ConfigMap? inside = entry.Value as ConfigMap;
        string place = inside is null ? path : Join(path, recipe.Key);
        string? name = NameOf(recipe, entry.Value, Join(path, recipe.Key));
        List<ConfigEntry> beside = [.. map.Entries.Where(other => !ReferenceEquals(other, entry) && !IsRefused(recipe, entry, other, path))];
        List<ConfigEntry> given = inside is null
            ? [.. beside.Where(other => IsArgument(recipe, other.Key))]
            : [.. inside.Entries.Where(other => !ReferenceEquals(other, inside.Find(recipe.NameKey)))];
        beside.RemoveAll(other => inside is null && IsArgument(recipe, other.Key));

        int before = problems.All.Count;
        problems.Locate(place, (inside ?? map).Mark);
        object arguments = BindFields(Activator.CreateInstance(recipe.Arguments)!, new ConfigMap((inside ?? map).Mark, given), place, hasTypeKey: false, isPreset: false);
        if (name is null) { return null; }
        if (problems.All.Count == before) { recipe.Check(name, arguments, new FieldChecks(problems, place)); }

        // What is wrong with an argument would be wrong again wherever the record has it.
        bool fits = problems.All.Count == before;
        object record = BindFields(recipe.Create(name, arguments), new ConfigMap(map.Mark, beside), path, hasTypeKey: true, isPreset: true);
        return fits ? record : null;
    }

    private static bool IsArgument(ConfigRecipe recipe, string key) => ConfigSchema.FieldsOf(recipe.Arguments).Any(field => field.Name == key);

    /// <summary>Reports what cannot stand beside a recipe: a second one, and a type.</summary>
    private bool IsRefused(ConfigRecipe recipe, ConfigEntry entry, ConfigEntry other, string path)
    {
        if (other.Key == recipe.Key)
        {
            problems.Add(other.KeyMark, Join(path, other.Key), $"is written twice, first at {entry.KeyMark}; remove one of the two.");
            return true;
        }

        if (other.Key != ConfigSchema.TypeKey) { return false; }
        problems.Add(other.KeyMark, Join(path, other.Key), $"saw {other.Value.Describe()} beside {recipe.Key}, which says the type already; remove one of the two.");
        return true;
    }

    private string? NameOf(ConfigRecipe recipe, ConfigNode value, string path)
    {
        string expected = $"expected one of {string.Join(", ", recipe.Names)}";
        if (value is ConfigMap map)
        {
            path = Join(path, recipe.NameKey);
            if (map.Find(recipe.NameKey) is not { } entry)
            {
                problems.Add(map.Mark, path, $"is missing; {expected}.");
                return null;
            }

            value = entry.Value;
        }

        if (value is not ConfigScalar { IsNothing: false } scalar)
        {
            problems.Add(value.Mark, path, $"saw {value.Describe()}, {expected}.");
            return null;
        }

        string folded = ConfigNames.Fold(scalar.Text);
        if (recipe.Names.FirstOrDefault(name => ConfigNames.Fold(name) == folded) is { } known) { return known; }
        string hint = ConfigNames.Nearest(scalar.Text, recipe.Names) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        problems.Add(scalar.Mark, path, $"saw {scalar.Describe()}, {expected}.{hint}");
        return null;
    }
}
