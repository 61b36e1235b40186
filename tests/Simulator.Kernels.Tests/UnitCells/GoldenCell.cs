using System.Text.Json;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Tests.Devices;

namespace Tessera.Kernels.Tests.UnitCells;

/// <summary>Turns the unit cells and compounds of golden files into ours, field by field.</summary>
internal static class GoldenCell
{
    /// <summary>Fields that aihwkit does not have.</summary>
    private static readonly string[] Own = ["compat"];

    /// <summary>The parameters of a cell.</summary>
    /// <param name="type">Its class in aihwkit.</param>
    /// <param name="fields">Its fields.</param>
    internal static DeviceParameters Parameters(string type, JsonElement fields) => (DeviceParameters)Fill(Create(type), fields);

    private static object Create(string type) =>
        ConfigTypeRegistry.Physics.ChoicesFor(typeof(DeviceParameters)).First(choice => choice.Name == type).Create();

    private static object Fill(object target, JsonElement fields)
    {
        foreach (var field in ConfigSchema.FieldsOf(target.GetType()))
        {
            if (Own.Contains(field.Name)) continue;
            if (!fields.TryGetProperty(field.Name, out var value)) throw new InvalidOperationException($"The golden file has no field {field.Name}.");
            field.Property.SetValue(target, Value(field.Property.PropertyType, value));
        }

        return target;
    }

    private static object Value(Type type, JsonElement value) => type switch
    {
        _ when type == typeof(bool) => value.GetBoolean(),
        _ when type == typeof(int) => value.GetInt32(),
        _ when type == typeof(float) => GoldenDevice.Number(value),
        _ when type == typeof(IReadOnlyList<float>) => GoldenDevice.Vector(value),
        _ when type == typeof(IReadOnlyList<DeviceParameters>) => value.EnumerateArray().Select(Device).ToArray(),
        _ when type == typeof(DeviceParameters) => Device(value),
        { IsEnum: true } => Enum.Parse(type, value.GetString()!),
        _ => Fill(Activator.CreateInstance(type)!, value),
    };

    /// <summary>A device of a cell; the only device of a compound that the files do not name has soft bounds.</summary>
    private static DeviceParameters Device(JsonElement value) =>
        Parameters(value.TryGetProperty("type", out var type) ? type.GetString()! : nameof(SoftBoundsDevice), value);
}
