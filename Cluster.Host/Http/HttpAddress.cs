using System.Globalization;
using System.Net;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Http;

/// <summary>Where a process listens for HTTP: <c>ADDRESS:PORT</c>.</summary>
/// <param name="EndPoint">Address of an interface, and port; port 0 lets the operating system choose.</param>
internal sealed record HttpAddress(IPEndPoint EndPoint)
{
    /// <summary>Where a process listens unless told otherwise: for this machine only, on a free port.</summary>
    public const string Default = "127.0.0.1:0";

    /// <summary>Whether only processes of this machine reach it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(EndPoint.Address);

    /// <summary>Reads <c>ADDRESS:PORT</c>, where the address is IPv4, IPv6 in brackets, or <c>localhost</c>.</summary>
    /// <exception cref="CommandLineException">It is something else.</exception>
    public static HttpAddress Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? string.Empty : text[..colon];
        bool isPort = ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port);
        if (colon > 0 && isPort && AddressOf(host) is { } address) { return new HttpAddress(new IPEndPoint(address, port)); }
        throw new CommandLineException(
            $"'{text}' is no place to listen for HTTP; expected ADDRESS:PORT, for instance {Default} (this machine only, a free port), 0.0.0.0:8080 (all "
            + "interfaces) or [::1]:8080. The address is a number, not a name; the port is 0 to 65535.");
    }

    /// <inheritdoc/>
    public override string ToString() => EndPoint.ToString();

    private static IPAddress? AddressOf(string host)
    {
        if (host == "localhost") { return IPAddress.Loopback; }
        bool isBracketed = host is ['[', .., ']'];
        string inner = isBracketed ? host[1..^1] : host;
        // Without the dots, "8080" would be read as the address 0.0.31.144.
        bool isPlausible = isBracketed ? inner.Contains(':') : inner.Count(c => c == '.') == 3;
        return isPlausible && IPAddress.TryParse(inner, out IPAddress? address) ? address : null;
    }
}
