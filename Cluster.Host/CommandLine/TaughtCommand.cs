using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Tessera.Host.CommandLine;

/// <summary>A command whose help ends with a lesson: what the figures mean, and examples to copy.</summary>
/// <param name="name">Name of the command.</param>
/// <param name="description">One sentence, also shown in the list of commands.</param>
/// <param name="lesson">Lines shown below the options.</param>
internal sealed class TaughtCommand(string name, string description, string lesson) : Command(name, description)
{
    /// <summary>Makes the help of a root command print the lessons of its commands.</summary>
    public static void Teach(RootCommand root)
    {
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction inner } help) { help.Action = new LessonAction(inner); }
        }
    }

    private sealed class LessonAction(HelpAction inner) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            int code = inner.Invoke(parseResult);
            if (parseResult.CommandResult.Command is TaughtCommand taught) { parseResult.InvocationConfiguration.Output.WriteLine(taught.Lesson); }
            return code;
        }
    }

    private string Lesson { get; } = lesson;
}
