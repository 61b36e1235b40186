using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Plan;

namespace Tessera.Host.Bench;

/// <summary>The bytes that must cross between coordinator and nodes: bare numbers, without heads, words of confirmation and signs of life.</summary>
internal static class WireBytes
{
    /// <summary>
    /// The least of a training step. For every stage on tiles and every node that hosts some of them, and for every sample of the mini-batch: the inputs that
    /// these tiles read, each once however many of them read it; for every output the sums of the largest subtrees of the reduction tree whose tiles
    /// are all there, since no other sums can be added without changing a bit; the gradients at the outputs that the tiles produce, each once; and where the
    /// layer below learns, the sums of gradients at the inputs, by subtrees likewise. The update itself needs no number: a node has x and d.
    /// </summary>
    /// <param name="plan">The network.</param>
    /// <param name="hosts">The process of each tile.</param>
    /// <param name="batch">Samples of a mini-batch.</param>
    public static long LeastOfStep(NetworkPlan plan, IReadOnlyList<PeerId> hosts, int batch)
    {
        long values = 0;
        foreach (StagePlan stage in plan.Stages)
        {
            bool wantsInputGradient = stage.Inputs.Any(input => plan.Stages[input.Index].TakesGradient);
            foreach (TileGroup group in TileGroup.Of(stage, hosts))
            {
                values += group.Layout.Forward.ReadColumns + group.Layout.Forward.SumColumns + group.Layout.Backward.ReadColumns;
                values += wantsInputGradient ? group.Layout.Backward.SumColumns : 0;
            }
        }

        return values * batch * sizeof(float);
    }
}
