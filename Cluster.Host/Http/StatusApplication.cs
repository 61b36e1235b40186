using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Tessera.Host.Http;

/// <summary>Answers one request after the other. It knows four paths, GET and HEAD.</summary>
/// <param name="source">Whom to ask about the process.</param>
/// <param name="token">What <see cref="HttpPaths.Guarded"/> asks for, or null where everybody may read.</param>
internal sealed class StatusApplication(IStatusSource source, HttpToken? token) : IHttpApplication<HttpContext>
{
    private const string Text = "text/plain; charset=utf-8";
    private const string Json = "application/json; charset=utf-8";
    private static readonly Lazy<byte[]> Schema = new(() => Encoding.UTF8.GetBytes(StatusJson.Schema().ToJsonString()));

    /// <inheritdoc/>
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    /// <inheritdoc/>
    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    /// <inheritdoc/>
    public Task ProcessRequestAsync(HttpContext context)
    {
        try
        {
            return Answer(context);
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            return Send(context, StatusCodes.Status500InternalServerError, $"the status cannot be read: {error.Message}");
        }
    }

    private Task Answer(HttpContext context)
    {
        string path = context.Request.Path.Value ?? string.Empty;
        if (!HttpPaths.All.Contains(path))
        {
            return Send(context, StatusCodes.Status404NotFound, $"there is nothing at this path; there is: {string.Join(' ', HttpPaths.All)}");
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return Send(context, StatusCodes.Status405MethodNotAllowed, "this is for reading: use GET or HEAD");
        }

        StringValues credentials = context.Request.Headers.Authorization;
        if (token is not null && path.StartsWith(HttpPaths.Guarded, StringComparison.Ordinal) && !token.Admits(credentials.Count == 1 ? credentials[0] : null))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Send(context, StatusCodes.Status401Unauthorized, $"this wants 'Authorization: Bearer TOKEN' with the process's {HttpToken.Variable}");
        }

        return path switch
        {
            HttpPaths.Health => Send(context, StatusCodes.Status200OK, "ok"),
            HttpPaths.Ready => SendReady(context),
            HttpPaths.Run => Send(context, StatusCodes.Status200OK, StatusJson.Write(source.Read()), Json),
            _ => Send(context, StatusCodes.Status200OK, Schema.Value, "application/schema+json; charset=utf-8"),
        };
    }

    private Task SendReady(HttpContext context)
    {
        ProcessStatus status = source.Read();
        return status.Ready
            ? Send(context, StatusCodes.Status200OK, "ready")
            : Send(context, StatusCodes.Status503ServiceUnavailable, status.NotReadyReason ?? "not ready");
    }

    private static Task Send(HttpContext context, int code, string text) => Send(context, code, Encoding.UTF8.GetBytes(text), Text);

    private static Task Send(HttpContext context, int code, byte[] body, string type)
    {
        HttpResponse response = context.Response;
        response.StatusCode = code;
        response.ContentType = type;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, 0, body.Length, context.RequestAborted);
    }
}
