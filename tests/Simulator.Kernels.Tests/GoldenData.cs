using System.Text.Json;

namespace Tessera.Kernels.Tests;

/// <summary>The statistics measured on aihwkit; <c>Golden/README.md</c> says how, and what tolerance they ask for.</summary>
internal static class GoldenData
{
    /// <summary>Opens a file of the golden folder, which the build copies beside the test assembly.</summary>
    public static JsonDocument Open(string file) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", file)));
}
