using Tessera.Actors.Transport;
using Tessera.Host.Cluster;
using Tessera.Host.Http;

namespace Tessera.Host.Tests.Kubernetes;

/// <summary>What the manifests must know of the program: where it answers, where it listens, and what it reads.</summary>
internal static class ProgramFacts
{
    /// <summary>Answers 200 while the process works.</summary>
    public const string HealthPath = HttpPaths.Health;

    /// <summary>Answers 200 while the process can take part in the run.</summary>
    public const string ReadyPath = HttpPaths.Ready;

    /// <summary>State of the run as JSON; wants the token.</summary>
    public const string RunPath = HttpPaths.Run;

    /// <summary>Port of the data plane unless told otherwise.</summary>
    public const int DataPort = 7420;

    /// <summary>Port of HTTP unless told otherwise.</summary>
    public const int HttpPort = 7421;

    /// <summary>Port at which PostgreSQL listens.</summary>
    public const int DatabasePort = 5432;

    /// <summary>Fewest characters of the token for HTTP.</summary>
    public const int HttpTokenLengthMin = HttpToken.LengthMin;

    /// <summary>Fewest bytes of the shared secret.</summary>
    public const int SecretBytesMin = SharedSecret.BytesMin;

    /// <summary>File that the image starts.</summary>
    public const string AssemblyFile = "tessera.dll";

    /// <summary>Variables that stand for options.</summary>
    public static readonly string[] Variables = [ClusterOptions.DatabaseVariable, ClusterOptions.RunVariable, SharedSecret.Variable, HttpToken.Variable, ClusterOptions.NameVariable];

    /// <summary>Variables without which no process of a run in Kubernetes can start: it listens on more than loopback.</summary>
    public static readonly string[] VariablesNeeded = Variables;
}
