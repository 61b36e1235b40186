using Tessera.Host.CommandLine;

namespace Tessera.Host.Tests.CommandLine;

/// <summary>One call of the program inside the test process, with what it wrote.</summary>
internal sealed record CliRun(int ExitCode, string Out, string Error)
{
    /// <summary>Everything written.</summary>
    public string All => Out + Error;

    public static CliRun Of(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = TesseraCli.Run(args, new CliConsole(output, error, IsTerminal: false));
        return new CliRun(code, output.ToString(), error.ToString());
    }
}
