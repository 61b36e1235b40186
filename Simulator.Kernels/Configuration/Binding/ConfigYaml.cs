using System.Text;

namespace Tessera.Kernels.Configuration.Binding;

/// <summary>Writes a tree as YAML: block style, two spaces, text quoted only where YAML would read it as something else.</summary>
public static class ConfigYaml
{
    /// <summary>The tree as lines that end with a line feed.</summary>
    public static string Write(ConfigMap root)
    {
        StringBuilder text = new();
        WriteMap(root, depth: 0, text);
        return text.ToString();
    }

    private static void WriteMap(ConfigMap map, int depth, StringBuilder text)
    {
        for (int index = 0; index < map.Entries.Count; index++)
        {
            ConfigEntry entry = map.Entries[index];
            text.Append(' ', depth * 2).Append(entry.Key).Append(':');
            WriteValue(entry.Value, depth + 1, text);
        }
    }

    private static void WriteValue(ConfigNode node, int depth, StringBuilder text)
    {
        switch (node)
        {
            case ConfigScalar scalar:
                text.Append(' ').Append(ScalarText(scalar)).Append('\n');
                break;
            case ConfigMap { Entries.Count: 0 }:
                text.Append(" {}\n");
                break;
            case ConfigSequence { Items.Count: 0 }:
                text.Append(" []\n");
                break;
            case ConfigMap map:
                text.Append('\n');
                WriteMap(map, depth, text);
                break;
            case ConfigSequence sequence:
                text.Append('\n');
                WriteSequence(sequence, depth, text);
                break;
        }
    }

    private static void WriteSequence(ConfigSequence sequence, int depth, StringBuilder text)
    {
        foreach (ConfigNode item in sequence.Items)
        {
            if (item is ConfigMap { Entries.Count: > 0 } map)
            {
                // The first field stands behind the dash; its indentation is the dash and one space.
                int start = text.Length;
                WriteMap(map, depth + 1, text);
                text[start + (depth * 2)] = '-';
            }
            else
            {
                text.Append(' ', depth * 2).Append('-');
                WriteValue(item, depth + 1, text);
            }
        }
    }

    private static string ScalarText(ConfigScalar scalar) => scalar.IsQuoted && !IsSafePlain(scalar.Text) ? Quote(scalar.Text) : scalar.Text;

    // Letters first, then letters, digits and a few marks: never a number, and the words of YAML for truth and nothing are excluded.
    private static bool IsSafePlain(string text)
    {
        if (text.Length == 0 || !char.IsAsciiLetter(text[0])) { return false; }
        foreach (char letter in text)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '-' or '.' or '/')) { return false; }
        }

        return text.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n");
    }

    private static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char letter in text)
        {
            quoted = letter switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                < ' ' => quoted.Append($"\\x{(int)letter:x2}"),
                _ => quoted.Append(letter),
            };
        }

        return quoted.Append('"').ToString();
    }
}
