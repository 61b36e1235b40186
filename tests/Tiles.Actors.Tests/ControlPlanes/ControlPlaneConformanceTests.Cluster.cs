using Tessera.Actors.ControlPlanes;
using Tessera.Actors.Stores;

namespace Tessera.Actors.Tests.ControlPlanes;

/// <content>What a kind of control plane says of itself.</content>
public abstract partial class ControlPlaneConformanceTests
{
    /// <summary>What a test wants of its control plane.</summary>
    public sealed record Wishes
    {
        /// <summary>Leases of about a second; otherwise they outlast the test.</summary>
        public bool ShortLeases { get; init; }

        /// <summary>The test restarts the service, which therefore is its own.</summary>
        public bool Restarts { get; init; }
    }

    /// <summary>A control plane with the processes of one test.</summary>
    public abstract class Cluster : IDisposable
    {
        /// <summary>Whether several processes can see it; otherwise <see cref="Open"/> gives the same view again.</summary>
        public virtual bool HasManyProcesses => true;

        /// <summary>Whether leases lapse that are not renewed.</summary>
        public virtual bool LeasesLapse => true;

        /// <summary>Whether the end of a process ends its leases; then <see cref="Kill"/> and <see cref="PassUntilDeadAreNoticed"/> are there.</summary>
        public virtual bool KnowsDeadProcesses => true;

        /// <summary>Whether there is a service that can be restarted; then <see cref="Restart"/> and <see cref="Outage"/> are there.</summary>
        public virtual bool CanRestart => true;

        /// <summary>The run's store, which has the terms.</summary>
        public abstract IRunStore Store { get; }

        /// <summary>The control plane as one more process sees it.</summary>
        public abstract IControlPlane Open();

        /// <summary>Ends the process that has this view, without a word.</summary>
        public virtual void Kill(IControlPlane view) => throw new NotSupportedException();

        /// <summary>Lets as much time pass as the end of a process takes to be noticed, and some more.</summary>
        public virtual void PassUntilDeadAreNoticed() => throw new NotSupportedException();

        /// <summary>Restarts the service; it is there when this returns.</summary>
        public virtual void Restart() => throw new NotSupportedException();

        /// <summary>Takes the service away for longer than a short lease.</summary>
        /// <param name="meanwhile">What to do while it is away.</param>
        public virtual void Outage(Action meanwhile) => throw new NotSupportedException();

        /// <summary>A moment between two looks, where looking costs something.</summary>
        public virtual void Pause()
        {
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
        }
    }
}
