using System.Text.Json;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Devices;

/// <summary>Turns the device records of golden files into ours.</summary>
internal static class GoldenDevice
{
    /// <summary>Devices with response curves and hidden parameters in the golden files.</summary>
    public static TheoryData<string> Names =>
    [
        "ConstantStepDevice", "LinearStepDevice", "SoftBoundsDevice", "SoftBoundsReferenceDevice", "ExpStepDevice", "PowStepDevice", "PiecewiseStepDevice",
        "ReRamESPresetDevice", "ReRamSBPresetDevice", "EcRamPresetDevice", "IdealizedPresetDevice", "GokmenVlasovPresetDevice", "PCMPresetDevice",
        "ReRamArrayHfO2PresetDevice",
    ];

    internal static PulsedDeviceParameters Parameters(string name, JsonElement fields, int constructionSeed)
    {
        var choice = ConfigTypeRegistry.Physics.ChoicesFor(typeof(DeviceParameters)).Single(choice => choice.Name == name);
        return (PulsedDeviceParameters)Fill(Activator.CreateInstance(choice.Type)!, fields) with { ConstructionSeed = constructionSeed };
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
        foreach (var field in ConfigSchema.FieldsOf(target.GetType()))
        {
            if (!fields.TryGetProperty(field.Name, out var value)) throw new InvalidOperationException($"The golden file has no field {field.Name}.");
            field.Property.SetValue(target, Value(field.Property.PropertyType, value));
        }

        return target;
    }

    private static object Value(Type type, JsonElement value) => type switch
    {
        _ when type == typeof(bool) => value.GetBoolean(),
        _ when type == typeof(int) => value.GetInt32(),
        _ when type == typeof(float) => Number(value),
        _ when type == typeof(IReadOnlyList<float>) => Vector(value),
        { IsEnum: true } => Enum.Parse(type, value.GetString()!),
        _ => Fill(Activator.CreateInstance(type)!, value),
    };
}
