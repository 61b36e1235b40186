using System.Reflection;
using Tessera.Actors.Stores;
using Tessera.Actors.Transport;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Host.Faults;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.CommandLine;

/// <summary>Turns a failure into a message for a person and an exit code. Only what nobody foresaw mentions the program's insides.</summary>
internal static class ErrorReport
{
    /// <summary>Environment variable that shows stack traces.</summary>
    public const string TraceVariable = "TESSERA_TRACE";

    /// <summary>Writes what went wrong and returns the exit code.</summary>
    public static int Write(Exception failure, TextWriter error)
    {
        Exception cause = Unwrap(failure);
        (int code, string message) = Explain(cause);
        foreach (string line in message.Split('\n')) { error.WriteLine($"tessera: {line.TrimEnd('\r')}"); }
        if (Environment.GetEnvironmentVariable(TraceVariable) == "1") { error.WriteLine(failure.ToString()); }
        return code;
    }

    private static (int Code, string Message) Explain(Exception cause) => cause switch
    {
        ConfigurationException wrong => (ExitCode.Misused, WithCount(wrong)),
        CommandLineException => (ExitCode.Misused, cause.Message),
        PlanException => (ExitCode.Misused, cause.Message),
        DataException or CheckpointException or TrainingException or StoreException or TransportException or FaultException => (ExitCode.Failed, cause.Message),
        UnauthorizedAccessException or IOException => (ExitCode.Failed, $"{cause.Message} Check the path, its permissions and the free space, or choose another folder with --run-dir."),
        OutOfMemoryException => (ExitCode.Failed, "not enough memory; 'tessera map' shows what an experiment needs. Use fewer threads, a smaller batch or smaller layers."),
        _ => (ExitCode.Failed, $"unexpected failure, {cause.GetType().Name}: {OneLine(cause.Message)} Run again with {TraceVariable}=1 to see where, and report it."),
    };

    private static string WithCount(ConfigurationException wrong) =>
        wrong.Problems.Count == 1 ? wrong.Message : $"{wrong.Message}\n{wrong.Problems.Count} problems; nothing was run.";

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static Exception Unwrap(Exception failure) => failure is AggregateException or TargetInvocationException && failure.InnerException is { } inner
        ? Unwrap(inner)
        : failure;
}
