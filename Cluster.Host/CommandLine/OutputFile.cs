namespace Tessera.Host.CommandLine;

/// <summary>The file that a command was told to write.</summary>
internal static class OutputFile
{
    /// <summary>Writes a text, or says why it cannot be written.</summary>
    /// <param name="path">Where.</param>
    /// <param name="text">What.</param>
    /// <exception cref="CommandLineException">The path is a folder, or cannot be written.</exception>
    public static void Write(string path, string text)
    {
        if (Directory.Exists(path)) { throw new CommandLineException($"--out: '{path}' is a folder; expected the name of a file."); }
        try { File.WriteAllText(path, text); }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandLineException($"--out: '{path}' cannot be written: {failure.Message} Choose another place.");
        }
    }
}
