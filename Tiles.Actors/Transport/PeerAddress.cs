using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tessera.Actors.Transport;

/// <summary>Where a process takes connections: <c>tcp://host:port</c>, with IPv6 addresses in brackets, or <c>unix:/path</c>.</summary>
public sealed record PeerAddress
{
    private const string TcpScheme = "tcp://";
    private const string UnixScheme = "unix:";
    private const int PathBytesMax = 107; // what the operating system keeps of a socket's path

    private PeerAddress(string host, int port)
    {
        Host = host;
        Port = port;
    }

    /// <summary>Host name or address, or the path of a Unix socket.</summary>
    public string Host { get; }

    /// <summary>Port, 0 to 65,535; 0 lets the system choose where a process listens. -1 for a Unix socket.</summary>
    public int Port { get; private init; }

    /// <summary>Whether it is a Unix socket.</summary>
    public bool IsUnix => Port < 0;

    /// <summary>Whether nothing outside of this machine can reach it.</summary>
    public bool IsLocal => IsUnix
        || string.Equals(Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>A TCP address.</summary>
    public static PeerAddress Tcp(string host, int port) => Parse(Format(host, port));

    /// <summary>A Unix socket.</summary>
    /// <param name="path">Its absolute path.</param>
    public static PeerAddress Unix(string path) => Parse(UnixScheme + path);

    /// <summary>Reads an address.</summary>
    /// <exception cref="TransportException">It is not one.</exception>
    public static PeerAddress Parse(string text) => TryParse(text, out var address, out var problem)
        ? address
        : throw new TransportException($"The address '{text}' {problem}. Write tcp://host:port or unix:/path, for instance tcp://127.0.0.1:7411.");

    /// <summary>Reads an address, or says what is wrong with it, as the end of a sentence.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PeerAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        if (text.StartsWith(UnixScheme, StringComparison.Ordinal))
        {
            var path = text[UnixScheme.Length..];
            var length = Encoding.UTF8.GetByteCount(path);
            problem = !path.StartsWith('/') ? "has a path that does not begin with /"
                : length > PathBytesMax ? $"has a path of {length} bytes where a Unix socket takes {PathBytesMax}"
                : null;
            address = problem is null ? new PeerAddress(path, -1) : null;
            return problem is null;
        }

        if (!text.StartsWith(TcpScheme, StringComparison.Ordinal))
        {
            problem = "begins neither with tcp:// nor with unix:/";
            return false;
        }

        return TryParseTcp(text[TcpScheme.Length..], out address, out problem);
    }

    /// <inheritdoc/>
    public override string ToString() => IsUnix ? UnixScheme + Host : Format(Host, Port);

    /// <summary>The same host at another port.</summary>
    internal PeerAddress At(int port) => this with { Port = port };

    /// <summary>What a socket takes, most preferred first; asks the name service where it must.</summary>
    /// <exception cref="SocketException">The name is not known.</exception>
    internal EndPoint[] Resolve()
    {
        if (IsUnix)
        {
            return [new UnixDomainSocketEndPoint(Host)];
        }

        var addresses = IPAddress.TryParse(Host, out var address) ? [address] : Dns.GetHostAddresses(Host);
        return [.. addresses.Select(one => new IPEndPoint(one, Port))];
    }

    private static bool TryParseTcp(string text, out PeerAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? text : text[..colon];
        var isBracketed = host.StartsWith('[') && host.EndsWith(']');
        var name = isBracketed ? host[1..^1] : host;
        if (colon < 0 || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            problem = "does not end with a port from 0 to 65535";
        }
        else if (isBracketed ? !IPAddress.TryParse(name, out _) : Uri.CheckHostName(name) is UriHostNameType.Unknown or UriHostNameType.IPv6)
        {
            problem = name.Length == 0 ? "has no host" : $"has the host '{host}', which is neither a name nor an address (IPv6 goes into brackets)";
        }
        else
        {
            problem = null;
            address = new PeerAddress(name, port);
        }

        return problem is null;
    }

    private static string Format(string host, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{TcpScheme}{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");
}
