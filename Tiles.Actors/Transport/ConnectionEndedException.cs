namespace Tessera.Actors.Transport;

/// <summary>Carries the end of a connection up to where its thread ends.</summary>
internal sealed class ConnectionEndedException(ConnectionEnd end, string reason) : Exception(reason)
{
    public ConnectionEnd End { get; } = end;
}
