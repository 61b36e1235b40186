using System.CommandLine;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Tessera.Actors.Machines;
using Tessera.Actors.Postgres;
using Tessera.Actors.Transport;
using Tessera.Host.Cluster;
using Tessera.Host.CommandLine;
using Tessera.Host.Faults;
using Tessera.Host.Http;
using Tessera.Host.Tests.Cluster;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Host.Tests.Kubernetes;

/// <summary>
/// What Kubernetes asks of a pod is asked here of the program's own server, which listens where the arguments of the manifest, read by the program's own command
/// line, say, on a free port.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class ProbeTests(ClusterServer server)
{
    private const string Token = "sixteen-or-more-characters";
    private static readonly string[] Probes = ["startupProbe", "livenessProbe", "readinessProbe"];

    public static TheoryData<string> Overlays => RenderedOverlay.Names;

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Every_probe_of_a_node_answers(string name)
    {
        Workload workload = RenderedOverlay.Of(name).ProgramWorkloads.Single(item => item.Name == "tessera-node");
        (ProcessPlace place, HttpAddress address) = Read(workload);
        using ClusterLinks links = ClusterLinks.Open(place, "node", listens: true, NullLogger.Instance, CancellationToken.None);
        NodeProbe probe = new(new NodeMachine(new TileBuilder().Build, awaitsLease: true));
        NodeStatus status = new(new StatusParts(ProcessStatus.Node, place, links), probe);
        using StatusServer http = StatusServer.Start(address, HttpToken.Of(Token, "a test"), status);

        RequireAnswers(workload, http.Port, isReady: false);
        probe.Handle(TimeSpan.Zero, new Message { Kind = MessageKind.LeaseHolds, To = Recipient.Node, Tile = TileId.None }, new Outbox(4));
        RequireAnswers(workload, http.Port, isReady: true);
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Every_probe_of_a_coordinator_answers(string name)
    {
        Workload workload = RenderedOverlay.Of(name).ProgramWorkloads.Single(item => item.Name == "tessera-coordinator");
        (ProcessPlace place, HttpAddress address) = Read(workload);
        using ClusterLinks links = ClusterLinks.Open(place, "coordinator", listens: false, NullLogger.Instance, CancellationToken.None);
        CoordinatorStatusSource status = new(new StatusParts(ProcessStatus.Coordinator, place, links), place.Name);
        using StatusServer http = StatusServer.Start(address, HttpToken.Of(Token, "a test"), status);

        RequireAnswers(workload, http.Port, isReady: false);
        status.End(); // it waits to be asked to end, and is not started again for that
        RequireAnswers(workload, http.Port, isReady: true);
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void The_command_before_the_end_of_a_node_drains_it(string name)
    {
        Workload workload = RenderedOverlay.Of(name).ProgramWorkloads.Single(item => item.Name == "tessera-node");
        Drain drain = Drain.Of(workload);
        (ProcessPlace place, _) = Read(workload);
        Assert.Equal(place.Name, drain.Arguments[^1]);
        using PostgresControlPlane plane = new(place.Cluster.Database, place.Cluster.Run);
        Member node = new(plane.Admit(place.Name), place.Name, 1, 0);
        plane.Join(node);
        ProcessStartInfo command = TesseraCommand.Of(drain.Arguments);
        command.Environment[ClusterOptions.DatabaseVariable] = place.Cluster.Database;
        command.Environment[ClusterOptions.RunVariable] = place.Cluster.Run;
        using LiveProcess process = LiveProcess.Start(command);

        process.AwaitLines("draining  " + place.Name, 1);
        Assert.True(Assert.Single(plane.Members().Members).IsDraining, process.Printed);
        Assert.False(process.HasEnded, process.Printed);
        plane.Leave(node.Peer);

        ProcessResult result = process.AwaitEnd();
        Assert.Equal((0, 1), (result.ExitCode, result.Output.Split('\n').Count(line => line == "drained   " + place.Name)));
    }

    /// <summary>How a pod of a workload takes part, on loopback and a database of this machine, and where it listens for HTTP: on a free port.</summary>
    private (ProcessPlace Place, HttpAddress Address) Read(Workload workload)
    {
        string database = server.Running().ConnectionString;
        using StringWriter output = new();
        ParseResult parsed = TesseraCli.Parse(workload.SampleArguments(), new CliConsole(output, output, IsTerminal: false));
        Assert.Empty(parsed.Errors);
        HttpAddress http = HttpAddress.Parse(parsed.GetValue<string?>("--http")!);
        Assert.Equal(workload.Ports["http"], http.EndPoint.Port);
        ProcessPlace place = new()
        {
            Cluster = new ClusterPlace(database, "probes-" + Guid.NewGuid().ToString("n")[..8], null),
            Name = "tessera-node-0",
            Listen = PeerAddress.Tcp("127.0.0.1", 0),
            Http = parsed.GetValue<string?>("--http"),
        };
        return (place, new HttpAddress(new IPEndPoint(http.EndPoint.Address, 0)));
    }

    /// <summary>Health is always good, and whoever is not ready says why.</summary>
    private static void RequireAnswers(Workload workload, int port, bool isReady)
    {
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
        foreach (string probe in Probes)
        {
            YamlValue call = workload.Container.At(probe, "httpGet");
            string path = call["path"].Text;
            using HttpRequestMessage request = new(HttpMethod.Get, $"http://127.0.0.1:{port}{path}");
            using HttpResponseMessage answer = client.Send(request);
            using StreamReader reader = new(answer.Content.ReadAsStream());
            HttpStatusCode expected = isReady || path == ProgramFacts.HealthPath ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable;
            Assert.True(answer.StatusCode == expected, $"{workload}, {probe} {path}: {answer.StatusCode} {reader.ReadToEnd()}, expected {expected}");
        }
    }
}
