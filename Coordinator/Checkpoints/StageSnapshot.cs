using Tessera.Actors.Machines;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Coordination.Checkpoints;

/// <summary>What the coordinator itself holds, as blobs and back: the learned values of digital stages, and the losses.</summary>
/// <param name="configurationHash">SHA-256 of the run's configuration.</param>
internal sealed class StageSnapshot(string configurationHash)
{
    private const string StageKind = "tessera-stage-1";
    private const string LossesKind = "tessera-losses-1";

    /// <summary>A stage by its arrays.</summary>
    public byte[] OfStage(string name, StepId step, Action<ITileStateVisitor> visitState) => StateBlob.Write(Stage(name), step, [], visitState);

    /// <summary>Overwrites the arrays of a stage.</summary>
    /// <exception cref="SnapshotFormatException">The blob is of something else.</exception>
    public void LoadStage(string name, StepId step, byte[] blob, Action<ITileStateVisitor> visitState) =>
        StateBlob.Load(StateBlob.Open(blob, Stage(name), step), Stage(name), visitState);

    /// <summary>A chunk of losses, [1, steps]. Its bytes do not depend on the step that stores it.</summary>
    public byte[] OfLosses(int chunk, ReadOnlySpan<float> losses)
    {
        var values = LossChunks.Of(losses, chunk).ToArray();
        return StateBlob.Write(Losses(chunk), null, [], visitor => visitor.Visit(LossChunks.Array, 1, values.Length, values.Length, values));
    }

    /// <summary>The losses of a chunk.</summary>
    /// <exception cref="SnapshotFormatException">The blob is of something else.</exception>
    public float[] LoadLosses(int chunk, byte[] blob) => StateBlob.Open(blob, Losses(chunk), null).Array(LossChunks.Array).Floats();

    private StateBlobOwner Stage(string name) => new(StageKind, name, configurationHash);

    private StateBlobOwner Losses(int chunk) => new(LossesKind, LossChunks.NameOf(chunk), configurationHash);
}
