namespace Tessera.Kernels.Configuration.Binding;

/// <summary>Inherited fields that follow from others in this record, so that a file cannot give them.</summary>
/// <param name="names">Names in files.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ConfigOmitAttribute(params string[] names) : Attribute
{
    /// <summary>Names in files.</summary>
    public string[] Names { get; } = names;
}
