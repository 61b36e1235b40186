using System.Text.Json;

namespace Tessera.Kernels.Configuration.Binding;

/// <summary>
/// Writes a tree as canonical JSON: fields sorted by their ordinal order, no white space, numbers with the shortest digits that read back to the
/// same bits. Equal configurations give equal bytes, whoever wrote them and in whatever order.
/// </summary>
public static class CanonicalJson
{
    /// <summary>The bytes, UTF-8 without a byte-order mark.</summary>
    public static byte[] Write(ConfigNode root)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream)) { WriteNode(root, writer); }
        return stream.ToArray();
    }

    private static void WriteNode(ConfigNode node, Utf8JsonWriter writer)
    {
        switch (node)
        {
            case ConfigScalar { IsQuoted: true } text:
                writer.WriteStringValue(text.Text);
                break;
            case ConfigScalar plain:
                writer.WriteRawValue(plain.Text);
                break;
            case ConfigSequence sequence:
                writer.WriteStartArray();
                foreach (ConfigNode item in sequence.Items) { WriteNode(item, writer); }
                writer.WriteEndArray();
                break;
            case ConfigMap map:
                writer.WriteStartObject();
                foreach (ConfigEntry entry in map.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(entry.Key);
                    WriteNode(entry.Value, writer);
                }

                writer.WriteEndObject();
                break;
        }
    }
}
