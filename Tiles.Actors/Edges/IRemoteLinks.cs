using Tessera.Protocol.Cluster;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Edges;

/// <summary>The way from an edge to other processes. Called while the edge is locked: nothing here waits.</summary>
public interface IRemoteLinks
{
    /// <summary>Sends a message to the process of <see cref="Message.Peer"/>. Its payload is copied or on its way when this returns.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isFollowed">Whether another message to the same process follows at once, so that both may go together.</param>
    void Send(in Message message, bool isFollowed);

    /// <summary>The coordinator of this process learned who the members are: these are the processes to be connected to.</summary>
    void Connect(MemberList members);
}
