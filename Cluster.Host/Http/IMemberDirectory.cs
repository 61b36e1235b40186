using Tessera.Protocol.Cluster;

namespace Tessera.Host.Http;

/// <summary>Looks up who takes part in a run, so that a person need not know the addresses.</summary>
internal interface IMemberDirectory : IDisposable
{
    /// <summary>Members whose lease holds, in the order of their names.</summary>
    IReadOnlyList<Member> Members();

    /// <summary>Who coordinates, or null where nobody does.</summary>
    Leader? Leader();
}

/// <summary>Opens the directory of a run.</summary>
/// <param name="database">Connection string.</param>
/// <param name="run">Name of the run.</param>
internal delegate IMemberDirectory OpenMemberDirectory(string database, string run);
