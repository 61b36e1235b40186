using System.Security.Cryptography;
using System.Text;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Http;

/// <summary>The secret that guards <see cref="HttpPaths.Guarded"/> where others than this machine can ask.</summary>
internal sealed class HttpToken
{
    /// <summary>Environment variable that holds it.</summary>
    public const string Variable = "TESSERA_HTTP_TOKEN";

    /// <summary>Fewest characters.</summary>
    public const int LengthMin = 16;

    private const string Scheme = "Bearer ";
    private const string Advice = "Make one with: head -c 24 /dev/urandom | base64";
    private readonly byte[] _hash;

    private HttpToken(string value)
    {
        Header = Scheme + value;
        _hash = Hash(Header);
    }

    /// <summary>What a client sends as <c>Authorization</c>.</summary>
    public string Header { get; }

    /// <summary>Takes the value of a variable or file; white space around it does not count.</summary>
    /// <param name="value">The secret.</param>
    /// <param name="source">Where it came from, for messages. The secret itself is in none.</param>
    /// <exception cref="CommandLineException">It is too short, or cannot be sent in a header.</exception>
    public static HttpToken Of(string value, string source)
    {
        string token = value.Trim();
        if (token.Length < LengthMin)
        {
            throw new CommandLineException($"the HTTP token in {source} has {token.Length} characters; expected {LengthMin} or more. {Advice}");
        }

        if (token.Any(c => c is <= ' ' or > '~'))
        {
            throw new CommandLineException($"the HTTP token in {source} has spaces, line breaks or characters outside ASCII; expected one word. {Advice}");
        }

        return new HttpToken(token);
    }

    /// <summary>The token of <see cref="Variable"/>, or null where it is not set or empty.</summary>
    /// <exception cref="CommandLineException">It is no good.</exception>
    public static HttpToken? OfEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value ? Of(value, Variable) : null;

    /// <summary>The token in a file.</summary>
    /// <exception cref="CommandLineException">The file cannot be read, or the token is no good.</exception>
    public static HttpToken OfFile(string path)
    {
        try
        {
            return Of(File.ReadAllText(path), $"'{path}'");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandLineException($"the HTTP token cannot be read from '{path}': {error.Message} Name a file that holds it on one line.");
        }
    }

    /// <summary>Compares in a time that does not depend on how much is right.</summary>
    /// <param name="header">Value of <c>Authorization</c>, or null.</param>
    public bool Admits(string? header) => header is not null && CryptographicOperations.FixedTimeEquals(Hash(header), _hash);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
