using System.Globalization;

namespace Tessera.Kernels.Configuration.Binding;

/// <summary>Turns one scalar into a number, a truth value, a text or an enumeration value, or says what was expected.</summary>
internal static class ScalarParser
{
    /// <summary>Parses a scalar.</summary>
    /// <param name="type">A primitive, an enumeration or text.</param>
    /// <param name="scalar">What was written.</param>
    /// <param name="value">The value, null if it does not parse.</param>
    /// <returns>Null, or what is wrong and the way out.</returns>
    public static string? Parse(Type type, ConfigScalar scalar, out object? value)
    {
        value = null;
        if (type == typeof(string))
        {
            value = scalar.Text;
            return null;
        }

        if (type.IsEnum) { return ParseEnum(type, scalar, out value); }
        if (scalar.IsQuoted) { return $"saw {scalar.Describe()}, expected {Expected(type)}; remove the quotes."; }
        value = type switch
        {
            _ when type == typeof(bool) => ParseBool(scalar.Text),
            _ when type == typeof(float) => ParseFloat(scalar.Text),
            _ when type == typeof(double) => ParseDouble(scalar.Text),
            _ when type == typeof(int) => int.TryParse(scalar.Text, Whole, CultureInfo.InvariantCulture, out int number) ? number : null,
            _ when type == typeof(long) => long.TryParse(scalar.Text, Whole, CultureInfo.InvariantCulture, out long number) ? number : null,
            _ when type == typeof(ulong) => ulong.TryParse(scalar.Text, Whole, CultureInfo.InvariantCulture, out ulong number) ? number : null,
            _ => throw new NotSupportedException($"Configuration fields of type {type} are not supported; teach {nameof(ScalarParser)} to read them."),
        };
        return value is null ? $"saw {scalar.Describe()}, expected {Expected(type)}." : null;
    }

    private const NumberStyles Whole = NumberStyles.AllowLeadingSign;

    private static object? ParseBool(string text) => text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    // A value that is not zero but becomes zero or infinite in 32 bits would silently change its meaning.
    private static object? ParseFloat(string text) =>
        ParseDouble(text) is double wide && float.IsFinite((float)wide) && ((float)wide != 0f || wide == 0.0) ? (float)wide : null;

    private static object? ParseDouble(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;

    private static string? ParseEnum(Type type, ConfigScalar scalar, out object? value)
    {
        string folded = ConfigNames.Fold(scalar.Text);
        string[] names = Enum.GetNames(type);
        foreach (string name in names)
        {
            if (ConfigNames.Fold(name) == folded)
            {
                value = Enum.Parse(type, name);
                return null;
            }
        }

        value = null;
        string? nearest = ConfigNames.Nearest(scalar.Text, names);
        string hint = nearest is null ? "" : $" Did you mean '{nearest}'?";
        return $"saw {scalar.Describe()}, expected one of {string.Join(", ", names)}.{hint}";
    }

    private static string Expected(Type type) => type switch
    {
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(float) => "a finite number within the range of 32-bit floats, for instance 0.05",
        _ when type == typeof(double) => "a finite number, for instance 0.05",
        _ when type == typeof(int) => $"a whole number from {int.MinValue} to {int.MaxValue}",
        _ when type == typeof(long) => $"a whole number from {long.MinValue} to {long.MaxValue}",
        _ => $"a whole number from 0 to {ulong.MaxValue}",
    };
}
