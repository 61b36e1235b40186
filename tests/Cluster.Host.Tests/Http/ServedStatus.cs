using System.Net;
using Tessera.Host.Http;

namespace Tessera.Host.Tests.Http;

/// <summary>A real server on a free port, and a client that talks to it over loopback.</summary>
internal sealed class ServedStatus : IDisposable
{
    public const string Secret = "sixteen-or-more-characters";
    private readonly StatusServer _server;

    public ServedStatus(ProcessStatus status, bool isOpenToOthers = false)
        : this(new FixedStatus(status), isOpenToOthers)
    {
    }

    public ServedStatus(IStatusSource source, bool isOpenToOthers = false)
    {
        HttpToken? token = isOpenToOthers ? HttpToken.Of(Secret, "a test") : null;
        _server = StatusServer.Start(HttpAddress.Parse(isOpenToOthers ? "0.0.0.0:0" : HttpAddress.Default), token, source);
        Url = $"http://127.0.0.1:{_server.Port}";
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(Url) };
    }

    public string Url { get; }

    public int Port => _server.Port;

    public HttpClient Client { get; }

    /// <summary>Status code and text of an answer.</summary>
    public async Task<(HttpStatusCode Code, string Text)> Get(string path, string? authorization = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        if (authorization is not null) { Assert.True(request.Headers.TryAddWithoutValidation("Authorization", authorization)); }
        using HttpResponseMessage answer = await Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public void StopServer() => _server.Dispose();

    public void Dispose()
    {
        Client.Dispose();
        _server.Dispose();
    }
}
