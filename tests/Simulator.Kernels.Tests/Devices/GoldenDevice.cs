using System.Text.Json;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Devices;

/// <summary>Turns the device records of golden files into ours.</summary>
internal static class GoldenDevice
{
    internal static readonly string[] Names = ["ConstantStepDevice", "LinearStepDevice", "SoftBoundsDevice"];

    internal static DeviceParameters Parameters(string name, JsonElement fields, int constructionSeed)
    {
        Type type = name switch
        {
            "ConstantStepDevice" => typeof(ConstantStepDevice),
            "LinearStepDevice" => typeof(LinearStepDevice),
            _ => typeof(SoftBoundsDevice),
        };
        var device = (PulsedDeviceParameters)Fill(Activator.CreateInstance(type)!, fields);
        return device with { ConstructionSeed = constructionSeed };
    }

    internal static UpdateParameters Update(JsonElement fields) => (UpdateParameters)Fill(new UpdateParameters(), fields);

    internal static float[] Vector(JsonElement element) => [.. element.EnumerateArray().Select(Number)];

    internal static float[] Matrix(JsonElement element) => [.. element.EnumerateArray().SelectMany(Vector)];

    internal static float Number(JsonElement element) => (float)element.GetDouble();

    /// <summary>Hidden arrays that are all zero are left out of the files.</summary>
    internal static void SetHidden(DeviceArray devices, WeightMatrix weights, JsonElement hidden) => devices.SetHiddenParameters(
        weights,
        [.. devices.HiddenParameterNames.Select(name => hidden.TryGetProperty(name, out var values) ? Matrix(values) : new float[weights.Rows * weights.Columns])],
        0);

    private static object Fill(object target, JsonElement fields)
    {
        foreach (var property in target.GetType().GetProperties().Where(p => p.CanWrite))
        {
            var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            if (!fields.TryGetProperty(name, out var value)) throw new InvalidOperationException($"The golden file has no field {name}.");
            object converted = property.PropertyType switch
            {
                var t when t == typeof(bool) => value.GetBoolean(),
                var t when t == typeof(int) => value.GetInt32(),
                var t when t.IsEnum => Enum.Parse(t, value.GetString()!),
                _ => Number(value),
            };
            property.SetValue(target, converted);
        }

        return target;
    }
}
