using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;

namespace Tessera.Actors.ControlPlanes;

/// <summary>
/// Who is a member, who coordinates, and in which term. The one place where such things are decided; calls block and may come from any thread, one
/// at a time. Every call throws a <see cref="Stores.StoreException"/> where the place cannot be reached or is damaged; nothing is decided then.
/// </summary>
public interface IControlPlane
{
    /// <summary>Makes a process the coordinator in a new term, higher than all before, unless another one's lease holds.</summary>
    /// <returns>The term, or null while another process leads.</returns>
    Term? Lead(PeerId peer);

    /// <summary>Renews the coordinator's lease.</summary>
    /// <returns>Whether the term is still the newest and the process still leads.</returns>
    bool RenewLead(PeerId peer, Term term);

    /// <summary>Makes a process a member, or renews its lease.</summary>
    void Join(Member member);

    /// <summary>Ends membership and leadership of a process.</summary>
    void Leave(PeerId peer);

    /// <summary>Members whose lease holds, in the order of their names.</summary>
    MemberList Members();
}
