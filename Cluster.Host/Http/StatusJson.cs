using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;

namespace Tessera.Host.Http;

/// <summary>The JSON of <see cref="ProcessStatus"/>, written and read without reflection, and its schema. Readers skip fields that they do not know.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProcessStatus))]
internal sealed partial class StatusJson : JsonSerializerContext
{
    /// <summary>UTF-8 on one line.</summary>
    public static byte[] Write(ProcessStatus status) => JsonSerializer.SerializeToUtf8Bytes(status, Default.ProcessStatus);

    /// <summary>Reads what <see cref="Write"/> wrote, in this or another version.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static ProcessStatus Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.ProcessStatus) ?? throw new JsonException("The status is null; expected an object.");

    /// <summary>JSON schema (draft 2020-12) with a description of every field.</summary>
    public static JsonObject Schema()
    {
        JsonSchemaExporterOptions options = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe };
        JsonObject schema = Default.ProcessStatus.GetJsonSchemaAsNode(options).AsObject();
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "How a process of a Tessera cluster is doing");
        return schema;
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode node)
    {
        ICustomAttributeProvider? attributes = context.PropertyInfo?.AttributeProvider;
        if (attributes?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false) is [DescriptionAttribute text, ..] && node is JsonObject schema)
        {
            schema.Insert(0, "description", text.Description);
        }

        return node;
    }
}
