using System.Text.Json;

namespace Tessera.Kernels.Tests;

/// <summary>The statistics measured on aihwkit, where the checkout has them beside it; tests that need them skip visibly elsewhere.</summary>
internal static class GoldenData
{
    /// <summary>Opens a file of the golden folder, or skips the test.</summary>
    public static JsonDocument Open(string file)
    {
        var folder = Folder();
        Skip.If(folder is null, $"No shared/golden/{file} above {AppContext.BaseDirectory} and TESSERA_GOLDEN is not set.");
        return JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder!, file)));
    }

    private static string? Folder()
    {
        var set = Environment.GetEnvironmentVariable("TESSERA_GOLDEN");
        if (!string.IsNullOrEmpty(set))
        {
            return set;
        }

        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "shared", "golden");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
