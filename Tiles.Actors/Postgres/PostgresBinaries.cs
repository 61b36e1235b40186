using System.Globalization;
using Tessera.Actors.Stores;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Postgres;

/// <summary>The programs of a PostgreSQL server on this machine, all of one folder.</summary>
internal sealed class PostgresBinaries
{
    private const string DebianRoot = "/usr/lib/postgresql";
    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];
    private readonly string _folder;

    private PostgresBinaries(string folder) => _folder = folder;

    /// <summary>Creates a data directory.</summary>
    public string InitDb => Path.Combine(_folder, "initdb");

    /// <summary>Starts and stops a server.</summary>
    public string PgCtl => Path.Combine(_folder, "pg_ctl");

    /// <summary>Whether there is a server on this machine.</summary>
    public static bool AreInstalled => Folders().Any(IsComplete);

    /// <summary>Finds the programs: of the wanted major version if it is there, else the first on the PATH, else the newest under Debian's folder.</summary>
    /// <param name="major">Major version of an existing data directory, or null.</param>
    /// <exception cref="StoreException">There are none.</exception>
    public static PostgresBinaries Find(string? major)
    {
        var folders = Folders().Where(IsComplete).ToList();
        var folder = folders.Find(candidate => major is not null && candidate == Debian(major)) ?? folders.FirstOrDefault();
        return folder is not null
            ? new PostgresBinaries(folder)
            : throw new StoreException(
                Refusal.Unavailable,
                $"No PostgreSQL server on this machine: {string.Join(", ", Programs)} are neither together in a folder of the PATH "
                + $"nor under {DebianRoot}/*/bin. "
                + "Install it (package 'postgresql' of Debian and Ubuntu, 'postgresql-server' of Fedora), or give the address of a server that runs.");
    }

    private static IEnumerable<string> Folders()
    {
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var versions = Directory.Exists(DebianRoot) ? Directory.GetDirectories(DebianRoot).Select(Path.GetFileName).OfType<string>() : [];
        return [.. onPath, .. versions.OrderByDescending(Number).Select(Debian)];
    }

    private static string Debian(string major) => Path.Combine(DebianRoot, major, "bin");

    private static double Number(string version) =>
        double.TryParse(version, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static bool IsComplete(string folder) => Programs.All(program => IsThere(new FileInfo(Path.Combine(folder, program))));

    /// <summary>Whether there is a file, and not only a link to one that was removed.</summary>
    private static bool IsThere(FileInfo file) =>
        file.Exists && (file.LinkTarget is null || file.ResolveLinkTarget(returnFinalTarget: true) is { Exists: true });
}
