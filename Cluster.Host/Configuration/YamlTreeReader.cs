using Tessera.Kernels.Configuration.Binding;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Tessera.Host.Configuration;

/// <summary>Reads YAML into configuration nodes that know their line and column. One document of maps, lists and scalars; no anchors.</summary>
internal sealed class YamlTreeReader
{
    private readonly string _origin;
    private readonly bool _hasLines;
    private readonly ConfigProblems _problems;
    private readonly Parser _parser;

    private YamlTreeReader(string text, string origin, bool hasLines, ConfigProblems problems)
    {
        _origin = origin;
        _hasLines = hasLines;
        _problems = problems;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads a document.</summary>
    /// <param name="text">The document.</param>
    /// <param name="origin">File name for messages.</param>
    /// <param name="problems">Receives what is not understood.</param>
    /// <returns>The root, or null if there is none to speak of.</returns>
    public static ConfigNode? Read(string text, string origin, ConfigProblems problems) => ReadGuarded(text, origin, hasLines: true, problems);

    /// <summary>Reads one value that was given on the command line.</summary>
    public static ConfigNode? ReadValue(string text, string origin, ConfigProblems problems) => ReadGuarded(text, origin, hasLines: false, problems);

    private static ConfigNode? ReadGuarded(string text, string origin, bool hasLines, ConfigProblems problems)
    {
        YamlTreeReader reader = new(text, origin, hasLines, problems);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException problem)
        {
            int tabLine = IndentingTab(text);
            bool isTab = hasLines && tabLine > 0;
            SourceMark mark = isTab ? new SourceMark(origin, tabLine, 1) : reader.MarkOf(problem.Start);
            string advice = isTab
                ? "The line is indented with a tab; YAML wants spaces: replace it."
                : "Check indentation, colons and quotes around this place.";
            problems.Add(mark, "", $"is not valid YAML: {problem.Message.TrimEnd('.')}. {advice}");
            return null;
        }
    }

    /// <summary>The first line from 1 whose indentation holds a tab, or 0.</summary>
    private static int IndentingTab(string text)
    {
        string[] lines = text.Split('\n');
        return Array.FindIndex(lines, line => line[..(line.Length - line.TrimStart().Length)].Contains('\t')) + 1;
    }

    private ConfigNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _)) { return null; }
        ConfigNode? root = ReadNode();
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out DocumentStart? second)) { _problems.Add(MarkOf(second.Start), "", "a second document starts here; expected one. Remove it, or the '---'."); }
        return root;
    }

    private ConfigNode? ReadNode()
    {
        if (_parser.TryConsume<Scalar>(out Scalar? scalar)) { return new ConfigScalar(MarkOf(scalar.Start), scalar.Value, scalar.Style != ScalarStyle.Plain); }
        if (_parser.TryConsume<MappingStart>(out MappingStart? map)) { return ReadMap(new ConfigMap(MarkOf(map.Start), [])); }
        if (_parser.TryConsume<SequenceStart>(out SequenceStart? sequence)) { return ReadSequence(new ConfigSequence(MarkOf(sequence.Start), [])); }
        AnchorAlias alias = _parser.Consume<AnchorAlias>();
        _problems.Add(MarkOf(alias.Start), "", $"saw the alias '*{alias.Value}'; anchors and aliases are not supported: write the value out.");
        return null;
    }

    private ConfigMap ReadMap(ConfigMap map)
    {
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            ConfigNode? key = ReadNode();
            ConfigNode? value = ReadNode();
            if (key is ConfigScalar name)
            {
                if (value is not null) { map.Entries.Add(new ConfigEntry(name.Text, name.Mark, value)); }
            }
            else if (key is not null) { _problems.Add(key.Mark, "", $"saw {key.Describe()} as the name of a field, expected a word."); }
        }

        return map;
    }

    private ConfigSequence ReadSequence(ConfigSequence sequence)
    {
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            ConfigNode? item = ReadNode();
            if (item is not null) { sequence.Items.Add(item); }
        }

        return sequence;
    }

    private SourceMark MarkOf(Mark mark) => _hasLines ? new SourceMark(_origin, (int)mark.Line, (int)mark.Column) : new SourceMark(_origin);
}
