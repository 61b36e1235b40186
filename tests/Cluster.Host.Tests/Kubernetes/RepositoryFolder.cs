namespace Tessera.Host.Tests.Kubernetes;

/// <summary>The checkout that the tests were built from.</summary>
internal static class RepositoryFolder
{
    /// <summary>Full path of a file or folder, found from the test's own folder upward.</summary>
    public static string PathOf(string relative)
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string path = Path.Combine(folder, relative);
            if (File.Exists(Path.Combine(folder, "Tessera.slnx")) && Path.Exists(path)) { return path; }
        }

        throw new FileNotFoundException($"There is no {relative} in the checkout above {AppContext.BaseDirectory}.");
    }

    /// <summary>Text of a file.</summary>
    public static string Read(string relative) => File.ReadAllText(PathOf(relative));
}
