namespace Tessera.Host.Tests.CommandLine;

/// <summary>The experiments that ship with the program.</summary>
internal static class Examples
{
    /// <summary>Full path of a file in <c>examples/</c>, found from the test's own folder upward.</summary>
    public static string PathOf(string name)
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string path = Path.Combine(folder, "examples", name);
            if (File.Exists(path)) { return path; }
        }

        throw new FileNotFoundException($"There is no examples/{name} above {AppContext.BaseDirectory}.");
    }
}
