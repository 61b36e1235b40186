using Tessera.Actors.Machines;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Plan;

/// <summary>Memory of the tiles of one layer, in bytes.</summary>
/// <param name="Stage">The layer.</param>
/// <param name="StateBytes">Weights, hidden parameters and scales.</param>
/// <param name="ScratchBytes">Working buffers for a mini-batch.</param>
/// <param name="StoredBytes">Inputs, outputs and gradients that tiles keep for a mini-batch and an evaluation chunk.</param>
/// <param name="CopyBytes">Copies of the mutable state: of the newest checkpoint, and of the one under way.</param>
public sealed record LayerMemory(StageId Stage, long StateBytes, long ScratchBytes, long StoredBytes, long CopyBytes)
{
    /// <summary>All of it.</summary>
    public long Bytes => StateBytes + ScratchBytes + StoredBytes + CopyBytes;
}

/// <summary>What a run takes in memory, known before it starts.</summary>
/// <param name="Layers">Tiles by layer, in order of the plan.</param>
/// <param name="ActivationBytes">Activations and gradients of all stages for a mini-batch and an evaluation chunk.</param>
/// <param name="WorkingBytes">
/// Copies in 32 bits of state that is kept in 16: the largest tile's for every processor, since that many tiles may compute at once. 0 where all state is kept in 32 bits.
/// </param>
public sealed record MemoryPlan(IReadOnlyList<LayerMemory> Layers, long ActivationBytes, long WorkingBytes)
{
    private const int Copies = 2;
    private const int ProbeSize = 32;

    /// <summary>All of it.</summary>
    public long Bytes => ActivationBytes + WorkingBytes + Layers.Sum(layer => layer.Bytes);

    /// <summary>Adds up what a plan takes. One tile of each shape is built for a moment.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="batch">Samples of a mini-batch, 1 or more.</param>
    /// <param name="evaluation">Samples of an evaluation chunk, 1 or more.</param>
    public static MemoryPlan Of(NetworkPlan plan, int batch, int evaluation)
    {
        var tiles = new Dictionary<(int Physics, TileShape Shape), TileMemory>();
        var copies = new Dictionary<(int Physics, TileShape Shape), long>();
        var layers = new List<LayerMemory>();
        foreach (var stage in plan.Stages.Where(stage => stage.Grid is not null))
        {
            var (state, scratch, stored, copied) = (0L, 0L, 0L, 0L);
            foreach (var tile in stage.Grid!.Tiles)
            {
                var key = (stage.Grid.Physics, new TileShape(tile.OutSize, tile.InSize, tile.AnalogBias));
                if (!tiles.TryGetValue(key, out var memory))
                {
                    using var sample = TileFactory.Create(plan.Physics[key.Physics], key.Item2, new TileIdentity(Seed: 1, Tile: 0));
                    memory = sample.EstimateMemory(batch);
                    tiles.Add(key, memory);
                    copies.Add(key, MutableBytes(sample));
                }

                state += memory.StateBytes;
                scratch += memory.ScratchBytes;
                stored += TileMachine.StoredBytes(tile.InSize, tile.OutSize, batch, evaluation);
                copied += Copies * copies[key];
            }

            layers.Add(new LayerMemory(stage.Id, state, scratch, stored, copied));
        }

        var working = tiles.Values.Select(memory => memory.WorkingBytes).DefaultIfEmpty().Max();
        var atOnce = Math.Min(Environment.ProcessorCount, plan.Stages.Sum(stage => stage.Grid?.Tiles.Count ?? 0));
        return new MemoryPlan(layers, Activations(plan, batch, evaluation), working * atOnce);
    }

    /// <summary>What the tiles of a plan take where they are hosted. One tile of each shape is built for a moment.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="batch">Samples of a mini-batch, 1 or more.</param>
    /// <param name="evaluation">Samples of an evaluation chunk, 1 or more.</param>
    public static HostedMemory OfTiles(NetworkPlan plan, int batch, int evaluation)
    {
        var known = new Dictionary<(int Physics, TileShape Shape), long>();
        var bytes = new List<long>();
        var working = 0L;
        foreach (var stage in plan.Stages.Where(stage => stage.Grid is not null))
        {
            foreach (var tile in stage.Grid!.Tiles)
            {
                var key = (stage.Grid.Physics, new TileShape(tile.OutSize, tile.InSize, tile.AnalogBias));
                if (!known.TryGetValue(key, out var size))
                {
                    using var sample = TileFactory.Create(plan.Physics[key.Physics], key.Item2, new TileIdentity(Seed: 1, Tile: 0));
                    var memory = sample.EstimateMemory(batch);
                    size = memory.StateBytes + memory.ScratchBytes + (Copies * MutableBytes(sample))
                        + TileMachine.StoredBytes(tile.InSize, tile.OutSize, batch, evaluation);
                    known.Add(key, size);
                    working = Math.Max(working, memory.WorkingBytes);
                }

                bytes.Add(size);
            }
        }

        return new HostedMemory(bytes, working);
    }

    /// <summary>
    /// What the tiles of a plan take at least, from small tiles of the same physics: a run that is far too large is refused without building any of its
    /// tiles.
    /// </summary>
    public static long LeastBytes(NetworkPlan plan)
    {
        var bytes = 0.0;
        foreach (var stage in plan.Stages.Where(stage => stage.Grid is not null))
        {
            bytes += (1 + Copies) * BytesPerCrosspoint(plan, stage.Grid!) * stage.Grid!.Tiles.Sum(tile => tile.Crosspoints);
        }

        return (long)bytes;
    }

    /// <summary>What the largest tile of a plan takes at least, without building it: <see cref="Of"/> builds one of each shape.</summary>
    public static long LargestTileBytes(NetworkPlan plan) => plan.Stages.Where(stage => stage.Grid is not null)
        .Max(stage => (long?)(BytesPerCrosspoint(plan, stage.Grid!) * stage.Grid!.Tiles.Max(tile => tile.Crosspoints))) ?? 0;

    private static double BytesPerCrosspoint(NetworkPlan plan, TileGridPlan grid)
    {
        using var probe = TileFactory.Create(plan.Physics[grid.Physics], new TileShape(ProbeSize, ProbeSize), new TileIdentity(Seed: 1, Tile: 0));
        return (double)MutableBytes(probe, ProbeSize * ProbeSize) / (ProbeSize * ProbeSize);
    }

    private static long Activations(NetworkPlan plan, int batch, int evaluation)
    {
        var values = 0L;
        foreach (var stage in plan.Stages)
        {
            var readers = plan.Edges.Count(edge => edge.From == stage.Id);
            var gradients = !stage.TakesGradient ? 0 : readers > 1 ? 1 + readers : 1;
            values += (long)stage.OutFeatures * (Math.Max(batch, evaluation) + (gradients * batch));
        }

        return sizeof(float) * (values + ((long)plan.InputFeatures * (batch + evaluation)));
    }

    /// <summary>Bytes of the arrays with at least so many values: with those of a small tile's area, what is by row is left out.</summary>
    private static long MutableBytes(ITile tile, int least = 0)
    {
        var counter = new Counter(least);
        tile.VisitState(counter);
        return counter.Bytes;
    }

    private sealed class Counter(int least) : ITileStateVisitor
    {
        public long Bytes { get; private set; }

        public void Visit(string name, int rows, int columns, int stride, Span<float> values) =>
            Count((long)rows * columns, sizeof(float));

        public void VisitHalf(string name, int rows, int columns, int stride, Span<Half> values) => Count((long)rows * columns, sizeof(ushort));

        private void Count(long values, int size) => Bytes += values >= least ? values * size : 0;
    }
}
