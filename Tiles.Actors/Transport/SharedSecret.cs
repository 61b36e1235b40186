namespace Tessera.Actors.Transport;

/// <summary>What all processes of a cluster know and nobody else: it guards the data plane. Never written anywhere, and not shown by <see cref="ToString"/>.</summary>
public sealed class SharedSecret
{
    /// <summary>The environment variable that may hold it.</summary>
    public const string Variable = "TESSERA_SECRET";

    /// <summary>Fewest bytes.</summary>
    public const int BytesMin = 16;

    private const int FileBytesMax = 64 * 1024;
    private readonly byte[] _bytes;

    private SharedSecret(byte[] bytes)
    {
        _bytes = bytes;
    }

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Reads a file; one line break at its end is not part of the secret.</summary>
    /// <exception cref="TransportException">It cannot be read or is too short.</exception>
    public static SharedSecret FromFile(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            return length <= FileBytesMax
                ? From(File.ReadAllBytes(path), $"The file '{path}'")
                : throw new TransportException($"The file '{path}' has {length} bytes; a shared secret has {BytesMin} to {FileBytesMax}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TransportException($"The shared secret cannot be read from '{path}': {error.Message} Name a file that this account may read.", error);
        }
    }

    /// <summary>Reads <see cref="Variable"/>; null where it is not set or empty.</summary>
    /// <exception cref="TransportException">It is too short.</exception>
    public static SharedSecret? FromEnvironment()
    {
        var text = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(text) ? null : From(System.Text.Encoding.UTF8.GetBytes(text), $"The variable {Variable}");
    }

    /// <summary>Takes bytes as they are, less one line break at the end.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="source">Where they come from, the beginning of a sentence.</param>
    /// <exception cref="TransportException">Too few.</exception>
    public static SharedSecret From(ReadOnlySpan<byte> bytes, string source)
    {
        if (bytes.EndsWith("\n"u8))
        {
            bytes = bytes[..^1];
            bytes = bytes.EndsWith("\r"u8) ? bytes[..^1] : bytes;
        }

        return bytes.Length >= BytesMin
            ? new SharedSecret(bytes.ToArray())
            : throw new TransportException(
                $"{source} holds a shared secret of {bytes.Length} bytes; {BytesMin} or more were expected. Make one with: head -c 32 /dev/urandom | base64");
    }

    /// <inheritdoc/>
    public override string ToString() => "a shared secret";
}
