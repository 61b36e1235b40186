using System.Globalization;
using System.Text.Json;

namespace Tessera.Kernels.Tests;

/// <summary>Statistics measured on aihwkit.</summary>
internal static class GoldenData
{
    /// <summary>Opens a file of the golden folder, which the build copies beside the test assembly.</summary>
    public static JsonDocument Open(string file) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", file)));

    /// <summary>Sets properties to fields of the same names in aihwkit's spelling.</summary>
    /// <returns><paramref name="parameters"/>.</returns>
    public static T Fill<T>(T parameters, JsonElement fields)
        where T : class
    {
        foreach (var field in fields.EnumerateObject())
        {
            var name = string.Concat(field.Name.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
            var property = typeof(T).GetProperty(name) ?? throw new InvalidDataException($"Unknown golden field '{field.Name}'.");
            object value = property.PropertyType switch
            {
                var type when type.IsEnum => Enum.Parse(type, field.Value.GetString()!),
                var type when type == typeof(bool) => field.Value.GetBoolean(),
                var type when type == typeof(int) => field.Value.GetInt32(),
                _ => field.Value.ValueKind == JsonValueKind.String
                    ? float.Parse(field.Value.GetString()!.Replace("inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture)
                    : field.Value.GetSingle(),
            };
            property.SetValue(parameters, value);
        }

        return parameters;
    }

    /// <summary>The numbers of a matrix, row by row.</summary>
    public static float[] Dense(JsonElement matrix) =>
        [.. matrix.EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(value => value.GetSingle())];
}
