namespace Tessera.Host.Http;

/// <summary>What a process of a cluster answers over HTTP.</summary>
internal static class HttpPaths
{
    /// <summary>Whether the process works; open to everybody.</summary>
    public const string Health = "/healthz";

    /// <summary>Whether the process does its part in the run; open to everybody.</summary>
    public const string Ready = "/readyz";

    /// <summary>The process's <see cref="ProcessStatus"/> as JSON.</summary>
    public const string Run = "/v1/run";

    /// <summary>JSON schema of <see cref="Run"/>.</summary>
    public const string Schema = "/v1/run.schema.json";

    /// <summary>Paths that begin with this want the token, where there is one.</summary>
    public const string Guarded = "/v1/";

    /// <summary>All of them.</summary>
    public static readonly string[] All = [Health, Ready, Run, Schema];
}
