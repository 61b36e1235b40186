using System.Text;

namespace Tessera.Kernels.Configuration.Binding;

/// <summary>One thing that is wrong with a configuration.</summary>
/// <param name="Mark">Where.</param>
/// <param name="Path">Dotted name of the field, for instance <c>rpu_config.device.dw_min</c>; empty for the file as a whole.</param>
/// <param name="Message">The value seen, what was expected and the way out.</param>
public sealed record ConfigProblem(SourceMark Mark, string Path, string Message)
{
    /// <summary><c>file:line:column: path: message</c>.</summary>
    public override string ToString() => Path.Length == 0 ? $"{Mark}: {Message}" : $"{Mark}: {Path}: {Message}";
}

/// <summary>Collects the problems of one configuration, and knows where each of its fields was written.</summary>
/// <param name="origin">Place that is named when a field was not written anywhere.</param>
public sealed class ConfigProblems(SourceMark origin)
{
    private readonly List<ConfigProblem> _problems = [];
    private readonly Dictionary<string, SourceMark> _marks = [];

    /// <summary>What was found, in the order found.</summary>
    public IReadOnlyList<ConfigProblem> All => _problems;

    /// <summary>Remembers where a field was written.</summary>
    public void Locate(string path, SourceMark mark) => _marks[path] = mark;

    /// <summary>Where a field was written: its own place, else that of the nearest field around it.</summary>
    public SourceMark MarkOf(string path)
    {
        for (string at = path; ;)
        {
            if (_marks.TryGetValue(at, out SourceMark mark)) { return mark; }
            int dot = at.LastIndexOf('.');
            if (dot < 0) { return _marks.TryGetValue("", out SourceMark root) ? root : origin; }
            at = at[..dot];
        }
    }

    /// <summary>Records a problem at a known place.</summary>
    public void Add(SourceMark mark, string path, string message) => _problems.Add(new ConfigProblem(mark, path, message));

    /// <summary>Records a problem of a field, wherever it was written, unless that very field has one already: the first says more.</summary>
    public void Add(string path, string message)
    {
        if (!_problems.Exists(problem => problem.Path == path)) { Add(MarkOf(path), path, message); }
    }

    /// <summary>Whether a field, or one inside it, has a problem.</summary>
    public bool HasAnyIn(string path) =>
        _problems.Exists(problem => problem.Path == path || problem.Path.StartsWith(path + ".", StringComparison.Ordinal));

    /// <summary>Throws if there is any problem, in the order of the lines.</summary>
    /// <exception cref="ConfigurationException">There is at least one.</exception>
    public void ThrowIfAny()
    {
        if (_problems.Count > 0) { throw new ConfigurationException([.. _problems.OrderBy(problem => problem.Mark.Line).ThenBy(problem => problem.Mark.Column)]); }
    }
}

/// <summary>A configuration cannot be used. Carries every problem found, not only the first.</summary>
/// <param name="problems">One or more.</param>
public sealed class ConfigurationException(IReadOnlyList<ConfigProblem> problems) : Exception(Format(problems))
{
    /// <summary>What is wrong.</summary>
    public IReadOnlyList<ConfigProblem> Problems { get; } = problems;

    private static string Format(IReadOnlyList<ConfigProblem> problems)
    {
        StringBuilder text = new();
        foreach (ConfigProblem problem in problems)
        {
            if (text.Length > 0) { text.Append('\n'); }
            text.Append(problem);
        }

        return text.ToString();
    }
}
