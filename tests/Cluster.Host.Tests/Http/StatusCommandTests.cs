using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Tessera.Host.Cluster;
using Tessera.Host.CommandLine;
using Tessera.Host.Http;
using Tessera.Host.Tests.CommandLine;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;

namespace Tessera.Host.Tests.Http;

[Collection(ProcessWide.Name)]
public sealed class StatusCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Variables _variables = new(HttpToken.Variable, ClusterOptions.DatabaseVariable, ClusterOptions.RunVariable);

    public void Dispose()
    {
        _variables.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_leading_coordinator_shows_the_run_its_members_and_the_latency()
    {
        using ServedStatus served = new(FixedStatus.Leading);
        CliRun status = CliRun.Of("status", "--url", served.Url);
        Assert.Equal((0, ""), (status.ExitCode, status.Error));
        string[] lines = Lines(status.Out);
        Assert.Equal(
            "run mnist, term 3, led by coordinator-0, training, step 8,400 of 12,000 (epoch 2), 812.4 samples/s, newest checkpoint 8,000, repeats 7, "
            + "redone steps 12",
            lines[0]);
        Assert.Contains("node-0 2 4 8.00 GiB 3 connected tcp://10.0.0.5:7400 zone=a", lines);
        Assert.Contains("node-1 5 2 4.00 GiB 1 draining tcp://10.0.0.6:7400 -", lines);
        Assert.Contains($"coordinator-0 coordinator yes 8,400 - - - 0.01:01:01 {served.Url}", lines);
        Assert.Contains("tile latency at coordinator-0: p50 0.41 ms, p99 1.92 ms, 12,345 requests", lines);
    }

    [Fact]
    public void Of_several_processes_the_leader_tells_about_the_run_whatever_the_order()
    {
        using ServedStatus node = new(FixedStatus.Node);
        using ServedStatus standby = new(FixedStatus.Leading with { Name = "coordinator-1", Phase = "standing by", Step = null, Ready = false });
        using ServedStatus leader = new(FixedStatus.Leading);
        CliRun status = CliRun.Of("status", "--url", node.Url, "--url", standby.Url, "--url", leader.Url);
        Assert.Equal((0, ""), (status.ExitCode, status.Error));
        string[] lines = Lines(status.Out);
        Assert.StartsWith("run mnist, term 3, led by coordinator-0, training, step 8,400", lines[0], StringComparison.Ordinal);
        Assert.Contains($"node-0 node suspended 8,400 1 3.00 MiB 1.0 KiB 0.00:01:00 {node.Url}", lines);
        Assert.Contains("node-0 is not ready: no coordinator leads", lines);
    }

    [Fact]
    public void A_node_alone_says_what_it_knows()
    {
        using ServedStatus node = new(FixedStatus.Node);
        string[] lines = Lines(CliRun.Of("status", "--url", node.Url).Out);
        Assert.Equal("run mnist, term 2, no leader, step 8,400, newest checkpoint -, repeats -, redone steps -", lines[0]);
    }

    [Fact]
    public void Json_is_one_object_a_process()
    {
        using ServedStatus node = new(FixedStatus.Node);
        using ServedStatus leader = new(FixedStatus.Leading);
        CliRun status = CliRun.Of("status", "--json", "--url", node.Url, "--url", $"{leader.Url}{HttpPaths.Run}");
        string[] lines = status.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(new[] { FixedStatus.Node, FixedStatus.Leading }.Select(known => Encoding.UTF8.GetString(StatusJson.Write(known))), lines);
    }

    [Fact]
    public void Who_does_not_answer_is_named_beside_what_the_others_say()
    {
        string gone;
        using (ServedStatus ended = new(FixedStatus.Node)) { gone = ended.Url; }
        using ServedStatus served = new(FixedStatus.Leading);
        CliRun status = CliRun.Of("status", "--url", gone, "--url", served.Url[7..]);
        Assert.Equal(1, status.ExitCode);
        Assert.StartsWith($"tessera: {gone} does not answer: ", status.Error, StringComparison.Ordinal);
        Assert.Single(status.Error.TrimEnd().Split('\n'));
        Assert.Contains("run mnist", status.Out);
    }

    [Fact]
    public async Task Something_else_that_answers_is_recognised()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        string[] answers =
        [
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<htm>",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            "SSH-2.0\r\n",
        ];
        foreach (string answer in answers)
        {
            Task<CliRun> asking = Task.Run(() => CliRun.Of("status", "--url", $"http://{listener.LocalEndpoint}"));
            using (Socket client = await listener.AcceptSocketAsync())
            {
                await client.ReceiveAsync(new byte[4096]);
                await client.SendAsync(Encoding.ASCII.GetBytes($"{answer}\r\n"));
            }

            CliRun status = await asking;
            Assert.Equal((1, ""), (status.ExitCode, status.Out));
            Assert.Contains($"{listener.LocalEndpoint}", status.Error);
            Assert.Contains("Check that the process runs", status.Error);
            Assert.DoesNotContain("   at ", status.Error);
        }
    }

    [Fact]
    public void The_token_comes_from_a_file()
    {
        using ServedStatus served = new(FixedStatus.Leading, isOpenToOthers: true);
        CliRun without = CliRun.Of("status", "--url", served.Url);
        Assert.Equal(1, without.ExitCode);
        Assert.Contains("wants a token; name it with --token-file or TESSERA_HTTP_TOKEN", without.Error);
        CliRun wrong = CliRun.Of("status", "--url", served.Url, "--token-file", _folder.Write("wrong", "another-token-altogether"));
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("refuses the token", wrong.Error);
        Assert.Equal(0, CliRun.Of("status", "--url", served.Url, "--token-file", _folder.Write("token", $"{ServedStatus.Secret}\n")).ExitCode);
    }

    [Fact]
    public void The_token_comes_from_a_variable()
    {
        using ServedStatus served = new(FixedStatus.Leading, isOpenToOthers: true);
        Environment.SetEnvironmentVariable(HttpToken.Variable, ServedStatus.Secret);
        CliRun status = CliRun.Of("status", "--url", served.Url);
        Assert.Equal((0, ""), (status.ExitCode, status.Error));
        Environment.SetEnvironmentVariable(HttpToken.Variable, "short");
        CliRun poor = CliRun.Of("status", "--url", served.Url);
        Assert.Equal(2, poor.ExitCode);
        Assert.Contains("TESSERA_HTTP_TOKEN has 5 characters; expected 16 or more", poor.Error);
    }

    [Theory]
    [InlineData("'status' needs to know whom to ask")]
    [InlineData("'ftp://a:1' is no address of a process", "--url", "ftp://a:1")]
    [InlineData("'http://' is no address of a process", "--url", "http://")]
    [InlineData("'http://a:b' is no address of a process", "--url", "http://a:b")]
    [InlineData("'a:1/else' is no address of a process", "--url", "a:1/else")]
    [InlineData("'http://u:p@a:1' is no address of a process", "--url", "http://u:p@a:1")]
    [InlineData("give one or the other", "--url", "http://127.0.0.1:1", "--run", "x")]
    [InlineData("name one with --run or TESSERA_RUN", "--database", "Host=db")]
    [InlineData("cannot be read from '/no/such/file'", "--url", "http://127.0.0.1:1", "--token-file", "/no/such/file")]
    [InlineData("unknown option '--ulr'", "--ulr", "http://127.0.0.1:1")]
    public void Nonsense_ends_with_advice(string complaint, params string[] args)
    {
        CliRun status = CliRun.Of(["status", .. args]);
        Assert.Equal((2, ""), (status.ExitCode, status.Out));
        Assert.Contains(complaint, status.Error);
    }

    [Fact]
    public void A_database_gives_the_addresses_the_members_and_the_leader()
    {
        using ServedStatus node = new(FixedStatus.Node);
        KnownMembers directory = new(
            [
                new Member(new PeerId(2), "node-0", 4, 8L << 30) { Http = node.Url, Address = "tcp://10.0.0.5:7400" },
                new Member(new PeerId(9), "node-9", 1, 1L << 30) { IsDraining = true },
            ],
            new Leader(new PeerId(1), "coordinator-0", new Term(4)));
        string[] lines = Lines(Ask(directory, "--database", "Host=db", "--run", "mnist"));
        Assert.Equal(("Host=db", "mnist", true), (directory.Database, directory.Run, directory.IsClosed));
        Assert.StartsWith("run mnist, term 4, led by coordinator-0, ", lines[0], StringComparison.Ordinal);
        Assert.Contains("node-0 2 4 8.00 GiB 1 - tcp://10.0.0.5:7400 -", lines);
        Assert.Contains("node-9 9 1 1.00 GiB - draining - -", lines);
        Assert.Contains(lines, line => line.StartsWith("node-0 node suspended ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_coordinator_that_a_database_names_is_asked_too()
    {
        using ServedStatus coordinator = new(FixedStatus.Leading);
        KnownMembers directory = new([], new Leader(new PeerId(1), "coordinator-0", new Term(3)) { Http = coordinator.Url });
        string[] lines = Lines(Ask(directory, "--database", "Host=db", "--run", "mnist"));
        Assert.StartsWith("run mnist, term 3, led by coordinator-0, training, step 8,400 of 12,000 (epoch 2), 812.4 samples/s", lines[0], StringComparison.Ordinal);
        Assert.Contains("tile latency at coordinator-0: p50 0.41 ms, p99 1.92 ms, 12,345 requests", lines);
    }

    [Fact]
    public void Database_and_run_have_variables_and_addresses_that_are_given_go_before_them()
    {
        Environment.SetEnvironmentVariable(ClusterOptions.DatabaseVariable, "Host=db");
        Environment.SetEnvironmentVariable(ClusterOptions.RunVariable, "mnist");
        KnownMembers directory = new([], null);
        Ask(directory);
        Assert.Equal(("Host=db", "mnist"), (directory.Database, directory.Run));
        using ServedStatus served = new(FixedStatus.Leading);
        KnownMembers unasked = new([], null);
        Assert.Contains("step 8,400", Ask(unasked, "--url", served.Url));
        Assert.Null(unasked.Database);
    }

    [Fact]
    public void A_database_without_members_says_so() =>
        Assert.Contains("no members", Ask(new KnownMembers([], null), "--database", "Host=db", "--run", "mnist"));

    [Fact]
    public void Help_teaches() => Assert.Contains("tessera status --url http://127.0.0.1:8080", CliRun.Of("status", "--help").Out);

    private static string Ask(KnownMembers directory, params string[] args)
    {
        using StringWriter output = new();
        Command command = StatusCommand.Create(new CliConsole(output, output, IsTerminal: false), directory.Open);
        Assert.Equal(0, command.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
        return output.ToString();
    }

    private static string[] Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];

    private sealed class KnownMembers(IReadOnlyList<Member> members, Leader? leader) : IMemberDirectory
    {
        public string? Database { get; private set; }

        public string? Run { get; private set; }

        public bool IsClosed { get; private set; }

        public IMemberDirectory Open(string database, string run)
        {
            (Database, Run) = (database, run);
            return this;
        }

        public IReadOnlyList<Member> Members() => members;

        public Leader? Leader() => leader;

        public void Dispose() => IsClosed = true;
    }
}
