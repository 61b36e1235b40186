using Tessera.Host.CommandLine;

namespace Tessera.Host.Http;

/// <summary>Where to ask a process for its status.</summary>
internal static class StatusUrl
{
    /// <summary>Reads <c>http://HOST:PORT</c>, with or without the scheme and <see cref="HttpPaths.Run"/>.</summary>
    /// <returns>The whole URL of <see cref="HttpPaths.Run"/>.</returns>
    /// <exception cref="CommandLineException">It is something else.</exception>
    public static Uri Parse(string text)
    {
        string whole = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        bool isUrl = Uri.TryCreate(whole, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" && url.Host.Length > 0;
        bool isPlain = isUrl && url!.AbsolutePath is "/" or HttpPaths.Run && (url!.Query + url.Fragment + url.UserInfo).Length == 0 && url.Port > 0;
        if (isPlain) { return new Uri(url!, HttpPaths.Run); }
        throw new CommandLineException($"'{text}' is no address of a process; expected http://HOST:PORT, for instance http://127.0.0.1:8080.");
    }

    /// <summary>The URL without its path, for people.</summary>
    public static string Short(Uri url) => url.GetLeftPart(UriPartial.Authority);
}
