using Tessera.Actors.ControlPlanes;
using Tessera.Actors.Stores;

namespace Tessera.Actors.Tests.ControlPlanes;

public class LocalControlPlaneConformanceTests : ControlPlaneConformanceTests
{
    protected override Cluster Begin(Wishes wishes) => new OneProcess();

    private sealed class OneProcess : Cluster
    {
        private readonly MemoryRunStore _store = new();
        private readonly LocalControlPlane _plane;

        public OneProcess() => _plane = new LocalControlPlane(_store);

        public override bool HasManyProcesses => false;

        public override bool LeasesLapse => false;

        public override bool KnowsDeadProcesses => false;

        public override bool CanRestart => false;

        public override IRunStore Store => _store;

        public override IControlPlane Open() => _plane;
    }
}
