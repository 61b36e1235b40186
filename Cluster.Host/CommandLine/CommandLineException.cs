namespace Tessera.Host.CommandLine;

/// <summary>The command itself is wrong: a file that does not exist, an option that makes no sense. The message states the way out.</summary>
/// <param name="message">What was seen, what was expected, the way out.</param>
internal sealed class CommandLineException(string message) : Exception(message);
