using System.Text.RegularExpressions;

namespace Tessera.Kernels.Tests.Support;

/// <summary>Looks for words in sources that must not be there.</summary>
internal static class SourceScan
{
    /// <summary>Finds banned words in all sources of some folders, and fails where there are hardly any sources.</summary>
    /// <param name="root">The checkout.</param>
    /// <param name="folders">Below it, with their subfolders.</param>
    /// <param name="least">Sources that there must be.</param>
    /// <param name="banned">What must not be there.</param>
    public static string Findings(string root, IEnumerable<string> folders, int least, Regex banned)
    {
        var files = folders.SelectMany(folder => Directory.GetFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .ToList();
        return files.Count < least
            ? $"found only {files.Count} sources under {root}"
            : string.Join(
                Environment.NewLine, files.SelectMany(file => Findings(File.ReadAllLines(file), banned).Select(found => $"{Path.GetRelativePath(root, file)}: {found}")));
    }

    /// <summary>Finds banned words in lines; comments do not count.</summary>
    public static IEnumerable<string> Findings(string[] lines, Regex banned)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            var code = lines[i].TrimStart().StartsWith("//", StringComparison.Ordinal) ? string.Empty : lines[i];
            var match = banned.Match(code);
            if (match.Success)
            {
                yield return $"line {i + 1}: '{match.Value}' in: {code.Trim()}";
            }
        }
    }
}
