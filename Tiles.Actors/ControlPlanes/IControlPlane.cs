using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;

namespace Tessera.Actors.ControlPlanes;

/// <summary>
/// Who is a member, who coordinates, and in which term. The one place where such things are decided; calls block and may come from any thread, one
/// at a time. Every call throws a <see cref="Stores.StoreException"/> where the place cannot be reached or is damaged; nothing is decided then.
/// </summary>
/// <remarks>
/// A process is admitted once, before everything else, and calls with the identity that it got. Leases are counted on the control plane's own clock. Where the
/// control plane knows for certain that a process has ended, its leases end with it; where it was away itself, so that nobody could renew, all leases that
/// held when it went last as long again when it is back.
/// </remarks>
public interface IControlPlane
{
    /// <summary>Gives a process that starts its identity: never the same twice.</summary>
    /// <param name="name">Name for people; a process that comes back under the name of an earlier one ends the membership of that one.</param>
    PeerId Admit(string name);

    /// <summary>Makes a process the coordinator in a new term, higher than all before, unless another one's lease holds.</summary>
    /// <param name="peer">The process.</param>
    /// <param name="http">Where it answers HTTP, for <see cref="Leader"/>; empty where it does not.</param>
    /// <returns>The term, or null while another process leads.</returns>
    Term? Lead(PeerId peer, string http = "");

    /// <summary>
    /// Renews the coordinator's lease, also one that has lapsed, as long as nobody else has led since.
    /// </summary>
    /// <returns>Whether the term is still the newest and the process still leads.</returns>
    bool RenewLead(PeerId peer, Term term);

    /// <summary>
    /// Makes a process a member, or renews its lease. A process whose name was taken over by a later one is not made a member again. Whether the member
    /// drains is for <see cref="Drain"/> to say; the value given here is not looked at.
    /// </summary>
    void Join(Member member);

    /// <summary>Ends membership and leadership of a process.</summary>
    void Leave(PeerId peer);

    /// <summary>Marks a member as draining, until it leaves or its name is admitted again.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Whether there is such a member.</returns>
    bool Drain(string name);

    /// <summary>Members whose lease holds, in the order of their names.</summary>
    MemberList Members();

    /// <summary>The process that leads, or null while nobody's lease holds.</summary>
    Leader? Leader();
}
