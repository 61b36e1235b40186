using System.Text.RegularExpressions;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Sweeps;

/// <summary>
/// Values of a sweep may name an axis: <c>&lt;device&gt;PresetDevice</c> stands for <c>EcRamPresetDevice</c> where the value of the axis <c>device</c> is
/// <c>EcRam</c>. Names are letters, digits and <c>. _ -</c>, so that they can be parts of file names and of keys.
/// </summary>
internal static partial class SweepText
{
    /// <summary>Whether a text can be the name of an axis or of a value.</summary>
    public static bool IsName(string text) => Name().IsMatch(text);

    /// <summary>The axes that a value names.</summary>
    public static IEnumerable<(string Axis, SourceMark Mark)> AxesIn(ConfigNode value) => value switch
    {
        ConfigScalar scalar => Placeholder().Matches(scalar.Text).Select(match => (match.Groups[1].Value, scalar.Mark)),
        ConfigMap map => map.Entries.SelectMany(entry => AxesIn(entry.Value)),
        ConfigSequence sequence => sequence.Items.SelectMany(AxesIn),
        _ => [],
    };

    /// <summary>Puts the names of the chosen values in the places of their axes.</summary>
    /// <param name="text">A value as written.</param>
    /// <param name="chosen">Axis -> name of its value.</param>
    public static string Fill(string text, IReadOnlyDictionary<string, string> chosen) =>
        Placeholder().Replace(text, match => chosen.TryGetValue(match.Groups[1].Value, out string? name) ? name : match.Value);

    /// <summary>A tree of its own, which may be changed without changing the original.</summary>
    /// <param name="node">The original.</param>
    /// <param name="change">Changes the text of every single value.</param>
    public static ConfigNode Copy(ConfigNode node, Func<string, string> change) => node switch
    {
        ConfigScalar scalar => scalar with { Text = change(scalar.Text) },
        ConfigMap map => new ConfigMap(map.Mark, [.. map.Entries.Select(entry => entry with { Value = Copy(entry.Value, change) })]),
        ConfigSequence sequence => new ConfigSequence(sequence.Mark, [.. sequence.Items.Select(item => Copy(item, change))]),
        _ => node,
    };

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex("<([A-Za-z0-9._-]+)>", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
