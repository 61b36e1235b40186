using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tessera.Host.CommandLine;

/// <summary>How commands write JSON, one object a line.</summary>
internal static class JsonStyle
{
    /// <summary>Records, whose fields are written in snake_case.</summary>
    public static JsonSerializerOptions SnakeCase { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Objects with names of their own; letters beyond ASCII, &lt; and &gt; stay as they are.</summary>
    public static JsonSerializerOptions Plain { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
