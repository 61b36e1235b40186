using System.CommandLine;
using System.Text;
using Tessera.Host.Cluster;
using Tessera.Host.Http;
using Tessera.Protocol.Cluster;

namespace Tessera.Host.CommandLine;

/// <summary><c>tessera status</c>: asks the processes of a cluster how they are doing.</summary>
internal sealed class StatusCommand
{
    private readonly CliConsole _console;
    private readonly OpenMemberDirectory _open;
    private readonly Option<string[]> _urls = new("--url")
    {
        Description = "Address at which a process listens for HTTP; may be given several times.",
        HelpName = "URL",
        DefaultValueFactory = _ => [],
    };

    private readonly ClusterOptions _cluster = new();
    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = $"File with the token that processes want from other machines; default {HttpToken.Variable}.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a process instead of tables; its fields are in docs/http.md." };

    private StatusCommand(CliConsole console, OpenMemberDirectory open)
    {
        _console = console;
        _open = open;
    }

    /// <summary>The command.</summary>
    /// <param name="console">Where to write.</param>
    /// <param name="open">Finds members in a database.</param>
    public static Command Create(CliConsole console, OpenMemberDirectory open)
    {
        StatusCommand status = new(console, open);
        TaughtCommand command = new(
            "status",
            "Show the run of a cluster: term, leader, step, members, bytes, latency.",
            """
            A coordinator that leads knows most: the step, the rate, the newest checkpoint, and how much was repeated or redone. A node knows its tiles.
            Exit code 1 where a process that was asked gave no answer; what the others said is shown all the same.

            Examples:
              tessera status --url http://127.0.0.1:8080
              tessera status --url coordinator-0:8080 --url node-0:8080 --token-file token
              tessera status --database "Host=db;Username=tessera" --run mnist
            """) { status._urls, status._tokenFile, status._json };
        status._cluster.AddCluster(command);
        command.SetAction(status.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        HttpToken? token = parsed.GetValue(_tokenFile) is { } file ? HttpToken.OfFile(file) : HttpToken.OfEnvironment();
        string[] given = parsed.GetValue(_urls) ?? [];
        if (given.Length == 0) { return ShowDatabase(parsed, token); }
        if (_cluster.NamesCluster(parsed))
        {
            throw new CommandLineException("--url says whom to ask, --database and --run say where to look that up; give one or the other.");
        }

        return Show(given.Select(StatusUrl.Parse), token, null, null, parsed.GetValue(_json));
    }

    private int ShowDatabase(ParseResult parsed, HttpToken? token)
    {
        (string? database, string? run) = _cluster.FindCluster(parsed);
        if (string.IsNullOrWhiteSpace(database))
        {
            throw new CommandLineException(
                "'status' needs to know whom to ask: name a process with --url http://HOST:PORT, or the cluster with --database and --run (or "
                + $"{ClusterOptions.DatabaseVariable} and {ClusterOptions.RunVariable}).");
        }

        if (string.IsNullOrWhiteSpace(run)) { throw new CommandLineException($"--database holds many runs; name one with --run or {ClusterOptions.RunVariable}."); }
        using IMemberDirectory directory = _open(database, run);
        IReadOnlyList<Member> members = directory.Members();
        Leader? leader = directory.Leader();
        IEnumerable<string> places = members.Select(member => member.Http).Prepend(leader?.Http ?? string.Empty).Where(http => http.Length > 0);
        return Show(places.Select(StatusUrl.Parse).Distinct(), token, members, leader, parsed.GetValue(_json));
    }

    private int Show(IEnumerable<Uri> urls, HttpToken? token, IReadOnlyList<Member>? members, Leader? leader, bool asJson)
    {
        using StatusClient client = new(token);
        StatusAnswer[] answers = client.Ask([.. urls]);
        if (asJson)
        {
            foreach (ProcessStatus status in answers.Select(answer => answer.Status).OfType<ProcessStatus>())
            {
                _console.Out.WriteLine(Encoding.UTF8.GetString(StatusJson.Write(status)));
            }
        }
        else { new StatusReport(answers, members, leader).Write(_console.Out); }

        foreach (string problem in answers.Select(answer => answer.Problem).OfType<string>()) { _console.Error.WriteLine($"tessera: {problem}"); }
        return answers.Any(answer => answer.Problem is not null) ? ExitCode.Failed : ExitCode.Done;
    }
}
