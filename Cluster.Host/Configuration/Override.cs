using System.Globalization;
using Tessera.Coordination.Experiments;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Configuration;

/// <summary>
/// One field set on the command line over what the file says. Segments of the path are fields, positions of list items from 0, or names of stages:
/// <c>rpu_config.device.dw_min</c>, <c>network.layers.2.out_features</c>, <c>network.layers.output.bias</c>.
/// </summary>
/// <param name="Path">Dotted path of the field.</param>
/// <param name="Value">The value as YAML.</param>
/// <param name="Origin">What messages call the place, for instance <c>--set a.b=c</c>.</param>
internal sealed record Override(string Path, string Value, string Origin)
{
    /// <summary>Reads <c>a.b=c</c>; null after reporting what is wrong.</summary>
    public static Override? Parse(string text, ConfigProblems problems)
    {
        int equals = text.IndexOf('=');
        string path = equals < 0 ? "" : text[..equals].Trim();
        if (path.Length == 0 || path.Split('.').Any(string.IsNullOrWhiteSpace))
        {
            problems.Add(new SourceMark($"--set {text}"), "", $"saw '{text}', expected field=value with a dotted field, for instance --set training.epochs=5.");
            return null;
        }

        return new Override(path, text[(equals + 1)..].Trim(), $"--set {text}");
    }

    /// <summary>Writes the value into a tree. Maps that the file does not write start from the experiment's defaults.</summary>
    public void Apply(ConfigMap root, ConfigProblems problems)
    {
        int before = problems.All.Count;
        ConfigNode? value = Value.Length == 0 ? new ConfigScalar(new SourceMark(Origin), "") : YamlTreeReader.ReadValue(Value, Origin, problems);
        if (value is null || problems.All.Count > before) { return; }
        Apply(root, value, problems);
    }

    /// <summary>Writes a value that was read already, in the place of <see cref="Value"/>; the tree takes it over.</summary>
    public void Apply(ConfigMap root, ConfigNode value, ConfigProblems problems)
    {
        string[] segments = Path.Split('.');
        AddDefaults(root, segments);
        ConfigNode at = root;
        for (int depth = 0; depth < segments.Length; depth++)
        {
            bool isLast = depth == segments.Length - 1;
            ConfigNode? next = at switch
            {
                ConfigMap map => Enter(map, segments[depth], isLast ? value : null),
                ConfigSequence sequence => Enter(sequence, segments[depth], isLast ? value : null),
                _ => null,
            };
            if (next is null)
            {
                Report(at, segments, depth, problems);
                return;
            }

            at = next;
        }
    }

    private static void AddDefaults(ConfigMap root, string[] segments)
    {
        if (segments.Length < 2 || root.Find(segments[0]) is not null) { return; }
        ConfigMap defaults = ConfigTree.From(new ExperimentConfig(), ConfigTypeRegistry.Physics, new SourceMark("default"));
        if (defaults.Find(segments[0]) is ConfigEntry entry) { root.Set(entry.Key, entry.Value); }
    }

    private ConfigNode Enter(ConfigMap map, string key, ConfigNode? value)
    {
        if (value is not null)
        {
            map.Set(key, value);
            return value;
        }

        // A record's short form is its type's name alone; fields that follow need the long form.
        ConfigNode inner = map.Find(key)?.Value switch
        {
            ConfigScalar { IsNothing: false } name => new ConfigMap(name.Mark, [new ConfigEntry(ConfigSchema.TypeKey, name.Mark, name)]),
            null or ConfigScalar => new ConfigMap(new SourceMark(Origin), []),
            ConfigNode node => node,
        };
        map.Set(key, inner);
        return inner;
    }

    private static ConfigNode? Enter(ConfigSequence sequence, string segment, ConfigNode? value)
    {
        int index = int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out int position)
            ? position
            : sequence.Items.FindIndex(item => item is ConfigMap map && map.Find("name")?.Value is ConfigScalar name && name.Text == segment);
        if (index < 0 || index >= sequence.Items.Count) { return null; }
        if (value is not null) { sequence.Items[index] = value; }
        else if (sequence.Items[index] is ConfigScalar name)
        {
            sequence.Items[index] = new ConfigMap(name.Mark, [new ConfigEntry(ConfigSchema.TypeKey, name.Mark, name)]);
        }

        return sequence.Items[index];
    }

    private void Report(ConfigNode at, string[] segments, int depth, ConfigProblems problems)
    {
        string path = string.Join('.', segments[..depth]);
        string message = at is ConfigSequence sequence
            ? $"has no item '{segments[depth]}'; expected a position from 0 to {sequence.Items.Count - 1}, or the name of a stage."
            : $"has no field '{segments[depth]}': it is {at.Describe()}.";
        problems.Add(new SourceMark(Origin), path, message);
    }
}
