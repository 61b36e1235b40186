using Microsoft.Extensions.Logging;
using Tessera.Actors.ControlPlanes;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;

namespace Tessera.Host.Cluster;

/// <summary>A control plane that tells in the log which terms this process is given.</summary>
/// <param name="inner">Who decides.</param>
/// <param name="name">Name of this process.</param>
/// <param name="log">The log.</param>
internal sealed class LoggedControlPlane(IControlPlane inner, string name, ILogger log) : IControlPlane
{
    /// <inheritdoc/>
    public Term? Lead(PeerId peer, string http = "")
    {
        Term? term = inner.Lead(peer, http);
        if (term is { } given) { HostLog.Leads(log, name, given.ToString()); }
        return term;
    }

    /// <inheritdoc/>
    public PeerId Admit(string name) => inner.Admit(name);

    /// <inheritdoc/>
    public bool RenewLead(PeerId peer, Term term) => inner.RenewLead(peer, term);

    /// <inheritdoc/>
    public void Join(Member member) => inner.Join(member);

    /// <inheritdoc/>
    public void Leave(PeerId peer) => inner.Leave(peer);

    /// <inheritdoc/>
    public bool Drain(string name) => inner.Drain(name);

    /// <inheritdoc/>
    public MemberList Members() => inner.Members();

    /// <inheritdoc/>
    public Leader? Leader() => inner.Leader();
}
