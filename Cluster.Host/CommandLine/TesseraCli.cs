using System.CommandLine;
using System.CommandLine.Parsing;
using Tessera.Host.Cluster;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.CommandLine;

/// <summary>The command line of <c>tessera</c>: parses, runs one command and returns its exit code. No exception leaves it.</summary>
internal static class TesseraCli
{
    /// <summary>Runs a command.</summary>
    /// <param name="args">Arguments without the program's name.</param>
    /// <param name="console">Where to write.</param>
    /// <returns>See <see cref="ExitCode"/>.</returns>
    public static int Run(string[] args, CliConsole console)
    {
        try
        {
            ParseResult parsed = Parse(args, console);
            if (IsHelp(args) || parsed.Errors.Count == 0)
            {
                return parsed.Invoke(new InvocationConfiguration { Output = console.Out, Error = console.Error, EnableDefaultExceptionHandler = false });
            }

            throw new CommandLineException(Explain(parsed, args));
        }
        catch (Exception failure)
        {
            return ErrorReport.Write(failure, console.Error);
        }
    }

    /// <summary>Reads arguments without running anything; <see cref="ParseResult.Errors"/> is empty where they name a command and its options.</summary>
    /// <param name="args">Arguments without the program's name.</param>
    /// <param name="console">Where the command would write.</param>
    public static ParseResult Parse(string[] args, CliConsole console) =>
        CreateRoot(console).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });

    private static RootCommand CreateRoot(CliConsole console)
    {
        RootCommand root = new(
            """
            Neural networks on analog in-memory-computing hardware, with aihwkit's physics, reproducible to the bit.

            Start here:
              tessera train                                     the built-in digits on analog tiles
              tessera train examples/mnist-mlp.yaml             the main example
              tessera resume runs/mnist-mlp-1-1                 go on after Ctrl-C, a crash or a kill
              tessera up examples/mnist-mlp.yaml --nodes 2      the same on a cluster of processes, with the same hash
              tessera map examples/mnist-mlp.yaml               how it is cut onto tiles
              tessera verify runs/mnist-mlp-1-1                 recompute a run's hash from its stored bytes

            Exit codes: 0 done, 1 failed, 2 the command or the configuration is wrong.
            """)
        {
            TrainCommand.Create(console),
            ResumeCommand.Create(console),
            SweepCommand.Create(console),
            RunsCommand.Create(console),
            VerifyCommand.Create(console),
            UpCommand.Create(console),
            CoordinatorCommand.Create(console),
            NodeCommand.Create(console),
            StatusCommand.Create(console, PostgresDirectory.Open),
            SimulateCommand.Create(console),
            FaultsCommand.Create(console),
            MapCommand.Create(console),
            DevicesCommand.Create(console),
            ProgramWeightsCommand.Create(console),
            ConformanceCommand.Create(console),
            BenchCommand.Create(console),
            InfoCommand.Create(console),
        };
        TaughtCommand.Teach(root);
        root.SetAction(parsed => root.Parse(["--help"]).Invoke(parsed.InvocationConfiguration));
        return root;
    }

    private static bool IsHelp(string[] args) => args.Any(arg => arg is "-h" or "--help" or "-?" or "/?" or "/h");

    private static string Explain(ParseResult parsed, string[] args)
    {
        Command command = parsed.CommandResult.Command;
        string? stray = parsed.UnmatchedTokens.FirstOrDefault();
        if (stray is null)
        {
            Argument? missing = command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is null or { Tokens.Count: 0 });
            string trouble = missing is null ? parsed.Errors[0].Message : $"'{command.Name}' needs {missing.Name}: {missing.Description}";
            return $"{trouble} See 'tessera {Path(parsed.CommandResult)}--help'.";
        }

        if (stray.StartsWith('-'))
        {
            string name = stray.Split('=')[0];
            List<string> options = [.. command.Options.Select(option => option.Name)];
            return $"unknown option '{name}' of '{command.Name}'.{ConfigNames.Suggest(name, options)}";
        }

        List<string> commands = [.. command.Subcommands.Select(sub => sub.Name)];
        if (commands.Count > 0) { return $"unknown command '{stray}'.{ConfigNames.Suggest(stray, commands)} See 'tessera {Path(parsed.CommandResult)}--help'."; }
        return $"'{command.Name}' has no use for '{stray}'. See 'tessera {command.Name} --help'; all that was given: {string.Join(' ', args)}.";
    }

    private static string Path(CommandResult result) =>
        result.Command is RootCommand ? "" : result.Parent is CommandResult parent ? $"{Path(parent)}{result.Command.Name} " : "";
}
