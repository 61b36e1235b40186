using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Tessera.Kernels.Configuration.Binding;

/// <summary>One field of a configuration record.</summary>
/// <param name="Name">Name in files.</param>
/// <param name="Property">The property behind it.</param>
/// <param name="IsRequired">Whether it must be written.</param>
/// <param name="IsNullable">Whether nothing is an allowed value.</param>
/// <param name="IsHashed">Whether it is part of the configuration hash.</param>
public sealed record ConfigField(string Name, PropertyInfo Property, bool IsRequired, bool IsNullable, bool IsHashed);

/// <summary>The fields of each configuration record, found once by reflection: every public property that can be initialised.</summary>
public static class ConfigSchema
{
    /// <summary>Name of the field that chooses among polymorphic records.</summary>
    public const string TypeKey = "type";

    private static readonly ConcurrentDictionary<Type, ConfigField[]> Cache = new();

    /// <summary>Fields of a record: its own first, then those of its bases, each in the order declared.</summary>
    public static IReadOnlyList<ConfigField> FieldsOf(Type type) => Cache.GetOrAdd(type, Discover);

    private static ConfigField[] Discover(Type type)
    {
        NullabilityInfoContext nullability = new();
        string[] omitted = type.GetCustomAttribute<ConfigOmitAttribute>()?.Names ?? [];
        List<ConfigField> fields = [];
        for (Type? level = type; level is not null && level != typeof(object); level = level.BaseType)
        {
            PropertyInfo[] own = level.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);
            Array.Sort(own, (a, b) => a.MetadataToken.CompareTo(b.MetadataToken));
            foreach (PropertyInfo property in own)
            {
                if (property.SetMethod is not { IsPublic: true } || property.GetIndexParameters().Length > 0) { continue; }
                ConfigFieldAttribute? attribute = property.GetCustomAttribute<ConfigFieldAttribute>();
                string name = attribute?.Name ?? ConfigNames.ToSnakeCase(property.Name);
                if (omitted.Contains(name)) { continue; }
                fields.Add(new ConfigField(
                    name,
                    property,
                    property.IsDefined(typeof(RequiredMemberAttribute)),
                    nullability.Create(property).WriteState == NullabilityState.Nullable,
                    attribute?.Hashed ?? true));
            }
        }

        return [.. fields];
    }

    /// <summary>The element type if the type is a list, else null.</summary>
    public static Type? ElementOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    /// <summary>Whether a type is written as a single value.</summary>
    public static bool IsScalar(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string);
}
