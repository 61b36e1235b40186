using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Host.Bench;
using Tessera.Protocol.Identity;

namespace Tessera.Host.Tests.Bench;

/// <summary>784-256-128-10 on six tiles, four of them for the first layer: counted by hand.</summary>
public sealed class WireBytesTests
{
    private static readonly NetworkPlan Plan = PlanBuilder.Build(new ExperimentConfig());

    [Fact]
    public void One_node_gets_every_activation_and_gradient_once_and_answers_whole_sums()
    {
        const int Hidden1 = 784 + 256 + 256; // the data takes no gradient
        const int Hidden2 = 256 + 128 + 128 + 256;
        const int Output = 128 + 10 + 10 + 128;
        Assert.Equal(4 * 10 * (Hidden1 + Hidden2 + Output), WireBytes.LeastOfStep(Plan, Hosts(1, 1, 1, 1, 1, 1), 10));
    }

    [Fact]
    public void A_layer_on_two_nodes_costs_the_gradient_twice_and_a_sum_for_every_subtree()
    {
        const int First = 588 + (2 * 256) + 256; // tiles 0 + 1, and 2
        const int Second = 196 + 256 + 256;
        const int Rest = 256 + 128 + 128 + 256 + 128 + 10 + 10 + 128;
        Assert.Equal(4 * 10 * (First + Second + Rest), WireBytes.LeastOfStep(Plan, Hosts(1, 1, 1, 2, 2, 2), 10));
    }

    private static PeerId[] Hosts(params int[] peers) => [.. peers.Select(peer => new PeerId(peer))];
}
