namespace Tessera.Host.Http;

/// <summary>Whoever knows how a process of a cluster is doing.</summary>
internal interface IStatusSource
{
    /// <summary>The newest status. Called on any thread, by several at once, and whenever somebody asks: it must be cheap and must not wait.</summary>
    ProcessStatus Read();
}
