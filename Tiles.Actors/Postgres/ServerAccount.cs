using Tessera.Actors.Stores;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Postgres;

/// <summary>
/// Under which account a private server runs: this process's own, or an unprivileged one where this process is root, as which PostgreSQL refuses to run.
/// </summary>
internal sealed class ServerAccount
{
    private const string Accounts = "/etc/passwd";
    private static readonly string[] Candidates = ["postgres", "nobody"];
    private readonly string[] _prefix; // what precedes a command that is to run under the account
    private readonly string? _owner; // user and group by number, for chown; null where the account is this process's own

    private ServerAccount(string[] prefix, string? owner)
    {
        _prefix = prefix;
        _owner = owner;
    }

    /// <summary>The account to use.</summary>
    /// <exception cref="StoreException">This process is root and there is no way to be somebody else.</exception>
    public static ServerAccount Choose()
    {
        if (Environment.UserName != "root")
        {
            return new ServerAccount([], null);
        }

        var lines = File.Exists(Accounts) ? File.ReadAllLines(Accounts).Select(line => line.Split(':')).Where(parts => parts.Length >= 4).ToList() : [];
        var account = Candidates.Select(name => lines.Find(parts => parts[0] == name)).FirstOrDefault(parts => parts is not null)
            ?? throw Refuse($"{Accounts} has neither account {string.Join(" nor ", Candidates)}");
        var (name, user, group) = (account[0], account[2], account[3]);
        if (FindProgram("setpriv") is { } setpriv)
        {
            return new ServerAccount([setpriv, $"--reuid={user}", $"--regid={group}", "--clear-groups", "--"], $"{user}:{group}");
        }

        return FindProgram("runuser") is { } runuser
            ? new ServerAccount([runuser, "-u", name, "--"], $"{user}:{group}")
            : throw Refuse("neither 'setpriv' nor 'runuser' is on the PATH");
    }

    /// <summary>Runs a program under the account and returns what it wrote.</summary>
    /// <param name="what">What for, as in <c>start the server</c>.</param>
    /// <param name="program">Path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="StoreException">It failed.</exception>
    public void Run(string what, string program, params string[] arguments) => ProgramCall.Run(what, [.. _prefix, program, .. arguments]);

    /// <summary>Makes a folder that exists the account's own and closes it to everyone else.</summary>
    public void Take(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        if (_owner is not null)
        {
            ProgramCall.Run("hand a folder to the server's account", ["chown", _owner, folder]);
        }
    }

    /// <summary>Checks that the account can get to a folder of its own.</summary>
    /// <exception cref="StoreException">A folder above is closed to it.</exception>
    public void RequireReach(string folder)
    {
        if (_owner is null)
        {
            return;
        }

        try
        {
            ProgramCall.Run("look into the server's folder", [.. _prefix, FindProgram("test") ?? "/usr/bin/test", "-w", folder]);
        }
        catch (StoreException error)
        {
            throw new StoreException(
                Refusal.Unavailable,
                $"This process is root, so the private server runs as user {_owner.Split(':')[0]}, who cannot get to '{folder}'. "
                + "Choose a folder whose parents everyone may enter (chmod o+x), run as another user, or give the address of a server that runs.", error);
        }
    }

    private static string? FindProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Concat(["/usr/bin", "/usr/sbin", "/bin", "/sbin"]).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static StoreException Refuse(string seen) => new(
        Refusal.Unavailable,
        $"PostgreSQL refuses to run as root, and {seen}. "
        + "Run as another user, install util-linux and an account 'postgres', or give the address of a server that runs.");
}
