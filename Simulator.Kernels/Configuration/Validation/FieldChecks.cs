using System.Globalization;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Kernels.Configuration.Validation;

/// <summary>Range checks of the fields of one record; each failure becomes a problem with the value seen and what was expected.</summary>
/// <param name="problems">Receives the failures.</param>
/// <param name="path">Dotted path of the record, empty for the root.</param>
public readonly struct FieldChecks(ConfigProblems problems, string path)
{
    /// <summary>Checks of a record inside this one.</summary>
    public FieldChecks Inside(string field) => new(problems, PathOf(field));

    /// <summary>Dotted path of a field.</summary>
    public string PathOf(string field) => path.Length == 0 ? field : $"{path}.{field}";

    /// <summary>Records a failure.</summary>
    public void Fail(string field, string message) => problems.Add(PathOf(field), message);

    /// <summary>The value must be a number and finite.</summary>
    public void Finite(string field, double value)
    {
        if (!double.IsFinite(value)) { Fail(field, $"saw {Text(value)}, expected a finite number."); }
    }

    /// <summary>The value must be above 0.</summary>
    public void Positive(string field, double value, string advice = "")
    {
        if (!(value > 0) || double.IsInfinity(value)) { Fail(field, $"saw {Text(value)}, expected a number above 0.{Tail(advice)}"); }
    }

    /// <summary>The value must be 0 or more.</summary>
    public void NotNegative(string field, double value, string advice = "")
    {
        if (!(value >= 0) || double.IsInfinity(value)) { Fail(field, $"saw {Text(value)}, expected 0 or more.{Tail(advice)}"); }
    }

    /// <summary>The value must be 0 or less.</summary>
    public void NotPositive(string field, double value, string advice = "")
    {
        if (!(value <= 0) || double.IsInfinity(value)) { Fail(field, $"saw {Text(value)}, expected 0 or less.{Tail(advice)}"); }
    }

    /// <summary>The value must lie within [least, most].</summary>
    public void Between(string field, double value, double least, double most, string advice = "")
    {
        if (!(value >= least && value <= most)) { Fail(field, $"saw {Text(value)}, expected {Text(least)} to {Text(most)}.{Tail(advice)}"); }
    }

    /// <summary>The value must be at least a whole number.</summary>
    public void AtLeast(string field, long value, long least, string advice = "")
    {
        if (value < least) { Fail(field, $"saw {value}, expected {least} or more.{Tail(advice)}"); }
    }

    /// <summary>A number as a file would show it.</summary>
    public static string Text(double value) =>
        (float)value == value ? ((float)value).ToString(CultureInfo.InvariantCulture) : value.ToString(CultureInfo.InvariantCulture);

    private static string Tail(string advice) => advice.Length == 0 ? "" : $" {advice}";
}
