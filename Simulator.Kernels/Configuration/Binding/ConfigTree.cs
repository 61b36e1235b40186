using System.Collections;
using System.Globalization;

namespace Tessera.Kernels.Configuration.Binding;

/// <summary>The way back: a record as a tree of nodes with all defaults written, from which files and hashes are made.</summary>
public static class ConfigTree
{
    /// <summary>Describes a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="registry">Records that need a <c>type</c> field.</param>
    /// <param name="origin">What the nodes say about where they come from.</param>
    /// <param name="hashedOnly">Leaves out what is not part of the configuration hash.</param>
    public static ConfigMap From(object record, ConfigTypeRegistry registry, SourceMark origin, bool hashedOnly = false)
    {
        Type type = record.GetType();
        ConfigMap map = new(origin, []);
        if (registry.NamesItsType(type)) { map.Set(ConfigSchema.TypeKey, new ConfigScalar(origin, type.Name, IsQuoted: true)); }
        foreach (ConfigField field in ConfigSchema.FieldsOf(type))
        {
            if (hashedOnly && (!field.IsHashed || (field.IsOmittedAtDefault && IsDefault(record, field)))) { continue; }
            map.Set(field.Name, NodeOf(field.Property.GetValue(record), registry, origin, hashedOnly));
        }

        return map;
    }

    private static bool IsDefault(object record, ConfigField field) =>
        Equals(field.Property.GetValue(record), field.Property.GetValue(Activator.CreateInstance(record.GetType())));

    private static ConfigNode NodeOf(object? value, ConfigTypeRegistry registry, SourceMark origin, bool hashedOnly)
    {
        switch (value)
        {
            case null:
                return new ConfigScalar(origin, "null");
            case string text:
                return new ConfigScalar(origin, text, IsQuoted: true);
            case Enum name:
                return new ConfigScalar(origin, name.ToString(), IsQuoted: true);
            case bool truth:
                return new ConfigScalar(origin, truth ? "true" : "false");
            case float or double or int or long or ulong:
                // The shortest digits that read back to the same bits.
                return new ConfigScalar(origin, ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
            case IEnumerable items:
                ConfigSequence sequence = new(origin, []);
                foreach (object? item in items) { sequence.Items.Add(NodeOf(item, registry, origin, hashedOnly)); }
                return sequence;
            default:
                return From(value, registry, origin, hashedOnly);
        }
    }
}
