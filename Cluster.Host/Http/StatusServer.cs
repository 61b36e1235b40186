using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Http;

/// <summary>
/// The HTTP side of a process of a cluster: answers people, probes and tools about the process, and changes nothing. It is Kestrel alone, without a host
/// around it: no configuration files, no variables, no handlers of signals, no log.
/// </summary>
internal sealed class StatusServer : IDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);
    private readonly KestrelServer _server;

    private StatusServer(KestrelServer server, HttpAddress address)
    {
        _server = server;
        string bound = server.Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Port = new Uri(bound).Port;
        Address = new IPEndPoint(address.EndPoint.Address, Port);
    }

    /// <summary>Port that it listens on: the one asked for, or a free one where that was 0.</summary>
    public int Port { get; }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Begins to answer.</summary>
    /// <param name="address">Where to listen.</param>
    /// <param name="token">What clients must know; required unless the address is loopback, where it is not asked for.</param>
    /// <param name="source">What <see cref="HttpPaths.Run"/> and <see cref="HttpPaths.Ready"/> show.</param>
    /// <exception cref="CommandLineException">There is no token, or the address cannot be had.</exception>
    public static StatusServer Start(HttpAddress address, HttpToken? token, IStatusSource source)
    {
        if (token is null && !address.IsLoopback)
        {
            throw new CommandLineException(
                $"HTTP on {address} is open to other machines and wants a token: set {HttpToken.Variable} to {HttpToken.LengthMin} characters or more, or "
                + $"listen on {HttpAddress.Default}, which only this machine reaches.");
        }

        KestrelServer server = new(Options.Create(OptionsOf(address)), Transport(), NullLoggerFactory.Instance);
        try
        {
            server.StartAsync(new StatusApplication(source, address.IsLoopback ? null : token), CancellationToken.None).GetAwaiter().GetResult();
            return new StatusServer(server, address);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            server.Dispose();
            throw new CommandLineException(
                $"HTTP cannot listen on {address}: {error.Message.TrimEnd('.')}. Choose an address of this machine and a free port; port 0 finds one.");
        }
    }

    /// <summary>Stops listening, and ends once running requests are answered, after 2 s at the latest.</summary>
    public void Dispose()
    {
        using CancellationTokenSource limit = new(StopLimit);
        try { _server.StopAsync(limit.Token).GetAwaiter().GetResult(); }
        catch (OperationCanceledException) { } // the rest is cut off
        _server.Dispose();
    }

    private static SocketTransportFactory Transport() => new(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);

    private static KestrelServerOptions OptionsOf(HttpAddress address)
    {
        KestrelServerOptions options = new() { AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = 256;
        options.Limits.MaxRequestLineSize = 1024;
        options.Limits.MaxRequestHeaderCount = 50;
        options.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
        options.Limits.MaxRequestBufferSize = 16 * 1024;
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
        options.Listen(address.EndPoint, listen => listen.Protocols = HttpProtocols.Http1);
        return options;
    }
}
