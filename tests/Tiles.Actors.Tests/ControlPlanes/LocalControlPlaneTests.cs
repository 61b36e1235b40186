using Tessera.Actors.ControlPlanes;
using Tessera.Actors.Stores;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;

namespace Tessera.Actors.Tests.ControlPlanes;

public class LocalControlPlaneTests
{
    private readonly LocalControlPlane _plane = new();

    [Fact]
    public void Each_wish_to_lead_gets_a_higher_term()
    {
        Assert.Equal(new Term(1), _plane.Lead(PeerId.Here));
        Assert.Equal(new Term(2), _plane.Lead(PeerId.Here));
        Assert.False(_plane.RenewLead(PeerId.Here, new Term(1)));
        Assert.True(_plane.RenewLead(PeerId.Here, new Term(2)));
    }

    [Fact]
    public void One_process_leads_until_it_leaves()
    {
        _plane.Lead(PeerId.Here);

        Assert.Null(_plane.Lead(new PeerId(1)));
        Assert.False(_plane.RenewLead(new PeerId(1), new Term(1)));

        _plane.Leave(PeerId.Here);
        Assert.False(_plane.RenewLead(PeerId.Here, new Term(1)));
        Assert.Equal(new Term(2), _plane.Lead(new PeerId(1)));
    }

    [Fact]
    public void Members_are_in_the_order_of_their_names()
    {
        var b = new Member(new PeerId(1), "b", 2, 3);
        var a = new Member(new PeerId(2), "a", 2, 3);
        _plane.Join(b);
        _plane.Join(a);
        _plane.Join(b);
        Assert.Equal([a, b], _plane.Members().Members);

        _plane.Join(b with { Peer = new PeerId(9) });
        _plane.Leave(b.Peer);
        _plane.Leave(a.Peer);

        Assert.Equal([b with { Peer = new PeerId(9) }], _plane.Members().Members);
    }

    [Fact]
    public void The_term_of_a_run_survives_its_process()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File(SqliteRunStore.FileName);
        using (var store = SqliteRunStore.Create(path, StoreSamples.Identity))
        {
            Assert.Equal(new Term(1), new LocalControlPlane(store).Lead(PeerId.Here));
        }

        using var again = SqliteRunStore.Open(path);
        var plane = new LocalControlPlane(again);
        Assert.False(plane.RenewLead(PeerId.Here, new Term(1)));
        Assert.Equal(new Term(2), plane.Lead(PeerId.Here));
    }
}
