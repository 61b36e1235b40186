using System.Collections.Concurrent;
using Tessera.Actors.Transport;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Tests.Support;

/// <summary>Keeps what a network reports, for tests that wait for it.</summary>
internal sealed class RecordingInbox : IPeerInbox
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly BlockingCollection<(PeerId Peer, string? Lost)> _events = [];
    private readonly BlockingCollection<(Message Message, float[] Payload)> _messages = [];

    /// <summary>What to do with a message instead of keeping it.</summary>
    public Action<Message, ReceiveLease?>? OnMessage { get; init; }

    /// <summary>Losses that nobody waited for yet.</summary>
    public int EventsLeft => _events.Count;

    public void Deliver(in Message message, ReceiveLease? lease)
    {
        if (OnMessage is { } handle)
        {
            handle(message, lease);
            return;
        }

        var payload = lease is null ? [] : message.Payload.Dense.ToArray();
        lease?.Release();
        _messages.Add((message with { Payload = default }, payload));
    }

    public void PeerLost(PeerId peer, string reason) => _events.Add((peer, reason));

    public void PeerFound(PeerId peer) => _events.Add((peer, null));

    public PeerId WaitFound()
    {
        var (peer, lost) = Next();
        Assert.True(lost is null, $"{peer} was found expected, but was lost: {lost}");
        return peer;
    }

    public string WaitLost()
    {
        var (peer, lost) = Next();
        Assert.True(lost is not null, $"{peer} was found where a loss was expected");
        return lost;
    }

    public (Message Message, float[] Payload) WaitMessage()
    {
        Assert.True(_messages.TryTake(out var message, Patience), "No message came.");
        return message;
    }

    private (PeerId Peer, string? Lost) Next()
    {
        Assert.True(_events.TryTake(out var seen, Patience), "Nothing was reported.");
        return seen;
    }
}
