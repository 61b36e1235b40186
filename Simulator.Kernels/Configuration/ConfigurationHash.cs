using System.Security.Cryptography;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Kernels.Configuration;

/// <summary>
/// Identity of a configuration: SHA-256 of its canonical bytes, with all defaults written. What never changes a bit of the result (micro-batch,
/// folder of the data) is left out; threads and placement are not part of a configuration.
/// </summary>
public static class ConfigurationHash
{
    /// <summary>The canonical bytes: JSON, fields sorted, every default written, polymorphic records with their <c>type</c>.</summary>
    public static byte[] CanonicalBytes(object configuration) => CanonicalBytes(configuration, ConfigTypeRegistry.Physics);

    /// <summary>The canonical bytes, with a registry of one's own.</summary>
    public static byte[] CanonicalBytes(object configuration, ConfigTypeRegistry registry) =>
        CanonicalJson.Write(ConfigTree.From(configuration, registry, new SourceMark("configuration"), hashedOnly: true));

    /// <summary>The hash in 64 lower-case hexadecimal digits.</summary>
    public static string Compute(object configuration) => Convert.ToHexStringLower(SHA256.HashData(CanonicalBytes(configuration)));
}
