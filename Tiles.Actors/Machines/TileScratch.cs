using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>
/// What a tile keeps between the reads of a step and its commit: the inputs x and the output gradients d of every vector of the mini-batch, each
/// at the vector's place, so that a repeated message overwrites the same bits. Lost scratch is never an error, only work to repeat.
/// </summary>
internal sealed class TileScratch
{
    private readonly VectorSet _hasInput;
    private readonly VectorSet _hasGradient;

    public TileScratch(int batchMax, int inSize, int outSize)
    {
        BatchMax = batchMax;
        Input = AlignedFloats.Dense(batchMax, inSize);
        Output = AlignedFloats.Dense(batchMax, outSize);
        Gradient = AlignedFloats.Dense(batchMax, outSize);
        InputGradient = AlignedFloats.Dense(batchMax, inSize);
        _hasInput = new VectorSet(batchMax);
        _hasGradient = new VectorSet(batchMax);
    }

    /// <summary>Most vectors of a mini-batch.</summary>
    public int BatchMax { get; }

    /// <summary>The step whose vectors are kept.</summary>
    public StepId Step { get; private set; }

    /// <summary>[BatchMax, InSize] inputs of the step.</summary>
    public Tensor Input { get; }

    /// <summary>[BatchMax, OutSize] products, viewed by the replies.</summary>
    public Tensor Output { get; }

    /// <summary>[BatchMax, OutSize] gradients at the output.</summary>
    public Tensor Gradient { get; }

    /// <summary>[BatchMax, InSize] gradients at the input, viewed by the replies.</summary>
    public Tensor InputGradient { get; }

    /// <summary>Forgets everything and starts a step.</summary>
    public void Begin(StepId step)
    {
        Step = step;
        _hasInput.Clear();
        _hasGradient.Clear();
    }

    /// <summary>Keeps the inputs of some vectors; returns where they lie.</summary>
    public Tensor KeepInput(VectorRange vectors, in Tensor payload)
    {
        var place = Rows(Input, vectors);
        payload.CopyTo(place.Dense);
        _hasInput.Add(vectors);
        return place;
    }

    /// <summary>Keeps the gradients of some vectors; returns where they lie.</summary>
    public Tensor KeepGradient(VectorRange vectors, in Tensor payload)
    {
        var place = Rows(Gradient, vectors);
        payload.CopyTo(place.Dense);
        _hasGradient.Add(vectors);
        return place;
    }

    /// <summary>Whether the inputs of a range are there.</summary>
    public bool HasInput(VectorRange vectors) => _hasInput.Covers(vectors);

    /// <summary>Whether the output gradients of a range are there.</summary>
    public bool HasGradient(VectorRange vectors) => _hasGradient.Covers(vectors);

    /// <summary>The first vector whose pair is incomplete, or -1.</summary>
    public int FirstIncomplete(int count)
    {
        var input = _hasInput.FirstMissing(count);
        var gradient = _hasGradient.FirstMissing(count);
        return input < 0 ? gradient : gradient < 0 ? input : Math.Min(input, gradient);
    }

    /// <summary>The rows of some vectors.</summary>
    public static Tensor Rows(in Tensor all, VectorRange vectors) => all.Slice(vectors.First, vectors.Count);
}
