namespace Tessera.Kernels.Configuration.Binding;

/// <summary>Exceptions from the rules by which a property becomes a field of the configuration.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConfigFieldAttribute : Attribute
{
    /// <summary>Name in files; default the snake_case of the property's name.</summary>
    public string? Name { get; init; }

    /// <summary>Whether the value is part of the configuration hash. False for what never changes a bit of the result. Default true.</summary>
    public bool Hashed { get; init; } = true;

    /// <summary>
    /// Whether the value is left out of the configuration hash while it is the default: for fields that joined when runs were stored already,
    /// which so keep their hash and can be resumed. Default false.
    /// </summary>
    public bool OmittedAtDefault { get; init; }
}
