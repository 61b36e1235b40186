using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>One walk of a micro-batch through the graph, forward and, in training, backward.</summary>
internal readonly struct Pass
{
    /// <summary>Incarnation of the run.</summary>
    public required Term Term { get; init; }

    /// <summary>Mini-batch counter; in evaluation the step that was committed last.</summary>
    public required StepId Step { get; init; }

    /// <summary>Training or evaluation.</summary>
    public required ReadPurpose Purpose { get; init; }

    /// <summary>Which micro-batch of its mini-batch; 0 in evaluation.</summary>
    public int Index { get; init; }

    /// <summary>Vectors of the micro-batch, numbered within the mini-batch or the test set.</summary>
    public required VectorRange Vectors { get; init; }

    /// <summary>Samples of the whole mini-batch; means divide by it.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Learning rate of this step; unused in evaluation.</summary>
    public float LearningRate { get; init; }

    /// <summary>Whether tiles store their state after this step.</summary>
    public bool SnapshotAfter { get; init; }

    /// <summary>Whether this is the first micro-batch of its mini-batch.</summary>
    public bool IsFirst => Vectors.First == 0;

    /// <summary>Whether this is the last micro-batch, so that a stage commits behind its backward pass.</summary>
    public bool IsLast => Vectors.End == BatchSize;

    /// <summary>The address that digital operators draw at.</summary>
    public ReadAddress Address => new(
        Purpose == ReadPurpose.Training ? ReadPhase.Training : ReadPhase.Evaluation, Step.Value, Vectors.First);

    /// <summary>
    /// The rows of this micro-batch in a buffer of the whole mini-batch. Every micro-batch has rows of its own, so that several can be under way; an
    /// evaluation chunk lies at the top.
    /// </summary>
    public Tensor RowsOf(in Tensor buffer) => buffer.Slice(Purpose == ReadPurpose.Training ? Vectors.First : 0, Vectors.Count);
}
