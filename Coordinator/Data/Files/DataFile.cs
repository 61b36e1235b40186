namespace Tessera.Coordination.Data.Files;

/// <summary>Reading files so that every failure of the operating system becomes one sentence for a person.</summary>
internal static class DataFile
{
    /// <summary>Advice for a file whose length is wrong.</summary>
    public const string CopyAgain = "The file is truncated or damaged: copy or download it again.";

    /// <summary>Reads a whole file.</summary>
    public static byte[] ReadAllBytes(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Data file '{file}' cannot be read: {e.Message} Check the path and its permissions.", e);
        }
    }

    /// <summary>The first of the names that exists in the folder, or null.</summary>
    public static string? Find(string folder, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            var path = Path.Combine(folder, name);
            if (File.Exists(path))
                return path;
        }

        return null;
    }

    /// <summary>Both files of a pair, or null if neither exists; half a pair is an error.</summary>
    /// <param name="folder">Folder, for the message.</param>
    /// <param name="first">Path of the first file, or null.</param>
    /// <param name="firstName">Usual name of the first file.</param>
    /// <param name="second">Path of the second file, or null.</param>
    /// <param name="secondName">Usual name of the second file.</param>
    public static (string First, string Second)? Pair(string folder, string? first, string firstName, string? second, string secondName)
    {
        if (first is null && second is null)
            return null;
        if (first is null)
            throw Missing(folder, second!, firstName);
        if (second is null)
            throw Missing(folder, first, secondName);
        return (first, second);
    }

    private static DataException Missing(string folder, string present, string absent) =>
        DataException.About(present, "its partner is missing", $"'{absent}' in '{folder}'", "Add that file, or give another folder.");
}
