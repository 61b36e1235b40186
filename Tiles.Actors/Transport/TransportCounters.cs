namespace Tessera.Actors.Transport;

/// <summary>The counters behind <see cref="NetworkCounters"/>; any thread adds.</summary>
internal sealed class TransportCounters
{
    private readonly long[] _ended = new long[Enum.GetValues<ConnectionEnd>().Length];
    private long _bytesSent;
    private long _bytesReceived;
    private long _payloadBytesSent;
    private long _payloadBytesReceived;
    private long _messagesSent;
    private long _messagesReceived;
    private long _messagesDropped;

    public void Sent(int bytes) => Interlocked.Add(ref _bytesSent, bytes);

    public void Received(int bytes) => Interlocked.Add(ref _bytesReceived, bytes);

    public void MessageSent(long payloadBytes)
    {
        Interlocked.Increment(ref _messagesSent);
        Interlocked.Add(ref _payloadBytesSent, payloadBytes);
    }

    public void MessageReceived(long payloadBytes)
    {
        Interlocked.Increment(ref _messagesReceived);
        Interlocked.Add(ref _payloadBytesReceived, payloadBytes);
    }

    public void Dropped(long messages) => Interlocked.Add(ref _messagesDropped, messages);

    public void Ended(ConnectionEnd end) => Interlocked.Increment(ref _ended[(int)end]);

    public NetworkCounters Read(int connections) => new()
    {
        BytesSent = Interlocked.Read(ref _bytesSent),
        BytesReceived = Interlocked.Read(ref _bytesReceived),
        PayloadBytesSent = Interlocked.Read(ref _payloadBytesSent),
        PayloadBytesReceived = Interlocked.Read(ref _payloadBytesReceived),
        MessagesSent = Interlocked.Read(ref _messagesSent),
        MessagesReceived = Interlocked.Read(ref _messagesReceived),
        MessagesDropped = Interlocked.Read(ref _messagesDropped),
        Connections = connections,
        Ended = Enum.GetValues<ConnectionEnd>().ToDictionary(end => end, end => Interlocked.Read(ref _ended[(int)end])),
    };
}
