using System.Net;
using System.Net.Sockets;
using System.Text;
using Tessera.Host.CommandLine;
using Tessera.Host.Http;

namespace Tessera.Host.Tests.Http;

[Collection(ProcessWide.Name)]
public sealed class StatusServerTests
{
    [Fact]
    public async Task A_process_that_answers_is_healthy()
    {
        using ServedStatus served = new(FixedStatus.Node);
        Assert.Equal((HttpStatusCode.OK, "ok"), await served.Get(HttpPaths.Health));
    }

    [Fact]
    public async Task Readiness_comes_with_its_reason()
    {
        using ServedStatus ready = new(FixedStatus.Leading);
        Assert.Equal((HttpStatusCode.OK, "ready"), await ready.Get(HttpPaths.Ready));
        using ServedStatus waiting = new(FixedStatus.Node);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no coordinator leads"), await waiting.Get(HttpPaths.Ready));
    }

    [Fact]
    public async Task The_run_comes_as_json()
    {
        using ServedStatus served = new(FixedStatus.Leading);
        using HttpResponseMessage answer = await served.Client.GetAsync(HttpPaths.Run);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        byte[] json = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal(StatusJson.Write(FixedStatus.Leading), json);
        Assert.Equal(1.92, StatusJson.Read(json).TileLatency!.P99Ms);
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Fact]
    public async Task The_schema_is_served()
    {
        using ServedStatus served = new(FixedStatus.Leading);
        Assert.Equal((HttpStatusCode.OK, StatusJson.Schema().ToJsonString()), await served.Get(HttpPaths.Schema));
    }

    [Fact]
    public async Task Head_gives_the_length_and_no_body()
    {
        using ServedStatus served = new(FixedStatus.Leading);
        using HttpResponseMessage answer = await served.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, HttpPaths.Run));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(StatusJson.Write(FixedStatus.Leading).Length, answer.Content.Headers.ContentLength);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v1/run/")]
    [InlineData("/V1/RUN")]
    [InlineData("/v1/../../etc/passwd")]
    public async Task An_unknown_path_is_told_the_known_ones(string path)
    {
        using ServedStatus served = new(FixedStatus.Leading);
        (HttpStatusCode code, string text) = await served.Get(path);
        Assert.Equal(HttpStatusCode.NotFound, code);
        Assert.All(HttpPaths.All, known => Assert.Contains(known, text));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    [InlineData("NONSENSE")]
    public async Task Other_methods_are_refused_whatever_they_send(string method)
    {
        using ServedStatus served = new(FixedStatus.Leading);
        using HttpRequestMessage request = new(new HttpMethod(method), HttpPaths.Run) { Content = new ByteArrayContent(new byte[100]) };
        using HttpResponseMessage answer = await served.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow.Order());
        Assert.Equal((HttpStatusCode.OK, "ok"), await served.Get(HttpPaths.Health));
    }

    [Fact]
    public async Task Nonsense_closes_its_connection_and_nothing_else()
    {
        using ServedStatus served = new(FixedStatus.Leading);
        string[] all =
        [
            "\0\u0001\u0002 hello\r\n\r\n",
            $"GET /{new string('x', 5000)} HTTP/1.1\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('x', 10_000)}\r\n\r\n",
        ];
        foreach (string nonsense in all)
        {
            string answer = await Raw(served.Port, nonsense);
            Assert.StartsWith("HTTP/1.1 4", answer, StringComparison.Ordinal);
        }

        Assert.Equal((HttpStatusCode.OK, "ok"), await served.Get(HttpPaths.Health));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer")]
    [InlineData("Bearer wrong-but-long-enough")]
    [InlineData(ServedStatus.Secret)]
    [InlineData("Basic " + ServedStatus.Secret)]
    [InlineData("Bearer " + ServedStatus.Secret + "x")]
    public async Task Others_than_this_machine_need_the_token(string? authorization)
    {
        using ServedStatus served = new(FixedStatus.Leading, isOpenToOthers: true);
        foreach (string path in new[] { HttpPaths.Run, HttpPaths.Schema })
        {
            (HttpStatusCode code, string text) = await served.Get(path, authorization);
            Assert.Equal(HttpStatusCode.Unauthorized, code);
            Assert.Contains("Bearer", text);
            Assert.DoesNotContain(ServedStatus.Secret, text);
        }
    }

    [Fact]
    public async Task The_token_opens_the_run_and_probes_need_none()
    {
        using ServedStatus served = new(FixedStatus.Leading, isOpenToOthers: true);
        Assert.Equal(HttpStatusCode.OK, (await served.Get(HttpPaths.Run, $"Bearer {ServedStatus.Secret}")).Code);
        Assert.Equal(HttpStatusCode.OK, (await served.Get(HttpPaths.Health)).Code);
        Assert.Equal(HttpStatusCode.OK, (await served.Get(HttpPaths.Ready)).Code);
    }

    [Fact]
    public void Listening_for_other_machines_without_a_token_is_refused_with_advice()
    {
        CommandLineException error = Assert.Throws<CommandLineException>(
            () => StatusServer.Start(HttpAddress.Parse("0.0.0.0:0"), null, new FixedStatus(FixedStatus.Node)));
        Assert.Contains(HttpToken.Variable, error.Message);
        Assert.Contains("127.0.0.1", error.Message);
    }

    [Fact]
    public void A_port_in_use_is_refused_with_advice()
    {
        using ServedStatus served = new(FixedStatus.Node);
        CommandLineException error = Assert.Throws<CommandLineException>(
            () => StatusServer.Start(HttpAddress.Parse($"127.0.0.1:{served.Port}"), null, new FixedStatus(FixedStatus.Node)));
        Assert.Contains($"127.0.0.1:{served.Port}", error.Message);
        Assert.Contains("free port", error.Message);
    }

    [Fact]
    public void An_address_of_another_machine_is_refused_with_advice()
    {
        HttpToken token = HttpToken.Of(ServedStatus.Secret, "a test");
        CommandLineException error = Assert.Throws<CommandLineException>(
            () => StatusServer.Start(HttpAddress.Parse("192.0.2.1:0"), token, new FixedStatus(FixedStatus.Node)));
        Assert.Contains("address of this machine", error.Message);
    }

    [Fact]
    public async Task A_stopped_server_frees_its_port()
    {
        ServedStatus served = new(FixedStatus.Node);
        await served.Get(HttpPaths.Health);
        int port = served.Port;
        served.Dispose();
        await Assert.ThrowsAnyAsync<SocketException>(() => new TcpClient().ConnectAsync(IPAddress.Loopback, port));
        using StatusServer next = StatusServer.Start(HttpAddress.Parse($"127.0.0.1:{port}"), null, new FixedStatus(FixedStatus.Node));
        Assert.Equal(port, next.Port);
        Assert.Equal(IPAddress.Loopback, next.Address.Address);
    }

    [Fact]
    public async Task An_answer_that_has_begun_is_finished_before_the_end()
    {
        using SlowStatus source = new();
        ServedStatus served = new(source);
        Task<(HttpStatusCode, string)> answer = served.Get(HttpPaths.Run);
        source.Asked.Wait();
        Task ending = Task.Run(served.StopServer);
        source.Answer.Set();
        Assert.Equal((HttpStatusCode.OK, Encoding.UTF8.GetString(StatusJson.Write(FixedStatus.Node))), await answer);
        await ending;
        served.Dispose();
    }

    [Fact]
    public async Task A_source_that_fails_is_an_answer_and_not_the_end()
    {
        using ServedStatus served = new(new BrokenStatus());
        (HttpStatusCode code, string text) = await served.Get(HttpPaths.Run);
        Assert.Equal(HttpStatusCode.InternalServerError, code);
        Assert.Contains("no snapshot yet", text);
        Assert.Equal((HttpStatusCode.OK, "ok"), await served.Get(HttpPaths.Health));
    }

    private static async Task<string> Raw(int port, string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, port);
        NetworkStream stream = client.GetStream();
        StringBuilder answer = new();
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
            byte[] buffer = new byte[4096];
            for (int read = 1; read > 0;)
            {
                read = await stream.ReadAsync(buffer);
                answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
        }
        catch (IOException) { } // cut off after the answer, for what was not read

        return answer.ToString();
    }

    private sealed class SlowStatus : IStatusSource, IDisposable
    {
        public ManualResetEventSlim Asked { get; } = new();

        public ManualResetEventSlim Answer { get; } = new();

        public ProcessStatus Read()
        {
            Asked.Set();
            Answer.Wait();
            return FixedStatus.Node;
        }

        public void Dispose()
        {
            Asked.Dispose();
            Answer.Dispose();
        }
    }

    private sealed class BrokenStatus : IStatusSource
    {
        public ProcessStatus Read() => throw new InvalidOperationException("no snapshot yet");
    }
}
