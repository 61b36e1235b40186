using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Tessera.Host.Http;

/// <summary>What came of asking a process: its status, or why there is none.</summary>
/// <param name="Url">Whom was asked.</param>
/// <param name="Status">Its answer, or null.</param>
/// <param name="Problem">Why there is no answer, with the way out; null where there is one.</param>
internal sealed record StatusAnswer(Uri Url, ProcessStatus? Status, string? Problem);

/// <summary>
/// Asks processes of a cluster for their status, all at once. Proxies and redirections are not followed: they would carry the token elsewhere.
/// </summary>
internal sealed class StatusClient : IDisposable
{
    private const int AnswerBytesMax = 16 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly HttpClient _client;
    private readonly bool _hasToken;

    /// <summary>Creates a client.</summary>
    /// <param name="token">What to show those who are asked, or null.</param>
    public StatusClient(HttpToken? token)
    {
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
        {
            Timeout = Patience,
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
        _hasToken = token is not null;
        if (token is not null) { _client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(token.Header); }
    }

    /// <summary>Asks everybody; answers come in the order of the addresses.</summary>
    /// <param name="urls">From <see cref="StatusUrl.Parse"/>.</param>
    public StatusAnswer[] Ask(IEnumerable<Uri> urls) => Task.WhenAll(urls.Select(AskAsync)).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<StatusAnswer> AskAsync(Uri url)
    {
        string who = StatusUrl.Short(url);
        try
        {
            using HttpResponseMessage answer = await _client.GetAsync(url).ConfigureAwait(false);
            byte[] body = await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
            return answer.StatusCode switch
            {
                HttpStatusCode.OK => new StatusAnswer(url, StatusJson.Read(body), null),
                HttpStatusCode.Unauthorized => new StatusAnswer(url, null, Refused(who)),
                _ => new StatusAnswer(url, null, $"{who} answers {(int)answer.StatusCode} at {HttpPaths.Run}: it is no process of a cluster. {Advice}"),
            };
        }
        catch (JsonException error)
        {
            string trouble = $"{who} answers something else than a status ({error.Message.TrimEnd('.')}): it is no process of a cluster, or an older one.";
            return new StatusAnswer(url, null, $"{trouble} {Advice}");
        }
        catch (OperationCanceledException)
        {
            return new StatusAnswer(url, null, $"{who} did not answer within {Patience.TotalSeconds:F0} s. {Advice}");
        }
        catch (HttpRequestException error)
        {
            return new StatusAnswer(url, null, $"{who} does not answer: {(error.InnerException ?? error).Message.TrimEnd('.')}. {Advice}");
        }
    }

    private static string Advice => "Check that the process runs and listens for HTTP there.";

    private string Refused(string who) => _hasToken
        ? $"{who} refuses the token; it has another one. Name its token with --token-file or {HttpToken.Variable}."
        : $"{who} wants a token; name it with --token-file or {HttpToken.Variable}.";
}
