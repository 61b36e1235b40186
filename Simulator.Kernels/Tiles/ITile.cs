namespace Tessera.Kernels.Tiles;

/// <summary>Why a tile is read. Training and evaluation draw their noise from different addresses.</summary>
public enum ReadPhase : byte
{
    /// <summary>A product whose inputs will be used by an update.</summary>
    Training,

    /// <summary>A product that only measures.</summary>
    Evaluation,
}

/// <summary>Address of a read: every noise of vector v of the call is a function of (tile, phase, step, FirstVector + v).</summary>
/// <param name="Phase">Training or evaluation.</param>
/// <param name="Step">Mini-batch counter; at most 32 bits.</param>
/// <param name="FirstVector">Index, within the mini-batch or the test set, of the first vector of this call.</param>
public readonly record struct ReadAddress(ReadPhase Phase, ulong Step, int FirstVector);

/// <summary>Logical size of a tile.</summary>
/// <param name="OutSize">Outputs (rows).</param>
/// <param name="InSize">Inputs (columns), without the analog bias column.</param>
/// <param name="AnalogBias">Whether a last column with constant input 1 holds the bias.</param>
public readonly record struct TileShape(int OutSize, int InSize, bool AnalogBias = false)
{
    /// <summary>Physical columns.</summary>
    public int XSize => InSize + (AnalogBias ? 1 : 0);

    /// <summary>Physical rows.</summary>
    public int DSize => OutSize;
}

/// <summary>
/// One physical tile with its digital periphery, as the actor that owns it sees it. Reads never change persistent state; a commit, once per
/// mini-batch, is the only thing that changes training state.
/// </summary>
public interface ITile : IDisposable
{
    /// <summary>Logical size.</summary>
    TileShape Shape { get; }

    /// <summary>
    /// Whether a commit needs the training backward reads of its mini-batch even where nobody asks for the gradient at the input: a learned input range
    /// does.
    /// </summary>
    bool NeedsBackward { get; }

    /// <summary>y = W x with the forward periphery. A pure read.</summary>
    /// <param name="at">Address of the noise.</param>
    /// <param name="x">[batch, InSize], row-major.</param>
    /// <param name="y">[batch, OutSize], overwritten.</param>
    /// <param name="batch">Vectors, 1 or more.</param>
    void Forward(in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch);

    /// <summary>x = W^T d with the backward periphery. A pure read.</summary>
    /// <param name="at">Address of the noise.</param>
    /// <param name="d">[batch, OutSize], gradient at the output.</param>
    /// <param name="x">[batch, InSize], gradient at the input, overwritten.</param>
    /// <param name="batch">Vectors, 1 or more.</param>
    void Backward(in ReadAddress at, ReadOnlySpan<float> d, Span<float> x, int batch);

    /// <summary>
    /// The whole mini-batch at once, in this order: step of tile-local digital parameters, pulsed update over all pairs, post-update step
    /// (diffusion, decay). A batch of 0 runs the post-update step only.
    /// </summary>
    /// <param name="step">Mini-batch counter.</param>
    /// <param name="learningRate">0 or more; 0 leaves the weights to the post-update step alone.</param>
    /// <param name="x">[batch, InSize], the forward inputs.</param>
    /// <param name="d">[batch, OutSize], the gradients at the output.</param>
    /// <param name="batch">Vectors, 0 or more.</param>
    void Commit(ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch);

    /// <summary>Sets the logical weights as aihwkit's <c>set_weights</c> does (spec tile-api, section 5.2): mapping scales by omega, then the device's bounds.</summary>
    /// <param name="weights">[OutSize, InSize], row-major.</param>
    /// <param name="bias">[OutSize] where the tile has an analog bias column, otherwise empty.</param>
    void SetWeights(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias);

    /// <summary>Names every mutable array to a visitor in a fixed order, for snapshots and hashes.</summary>
    void VisitState(ITileStateVisitor visitor);

    /// <summary>Bytes of persistent state and of scratch for the given batch.</summary>
    TileMemory EstimateMemory(int batch);
}

/// <summary>Sees, and may overwrite, each array of a tile's mutable state.</summary>
public interface ITileStateVisitor
{
    /// <summary>One array of 32-bit floats.</summary>
    /// <param name="name">Stable name, for instance <c>weights</c> or <c>hidden.persistent_weights</c>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="stride">Distance between rows in <paramref name="values"/>.</param>
    /// <param name="values">The live values.</param>
    void Visit(string name, int rows, int columns, int stride, Span<float> values);

    /// <summary>
    /// One array of 16-bit floats. By default it is shown to <see cref="Visit"/> as a copy in 32 bits, whose values are then kept, each as the nearest 16-bit
    /// number.
    /// </summary>
    /// <param name="name">Stable name.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="stride">Distance between rows in <paramref name="values"/>.</param>
    /// <param name="values">The live values.</param>
    void VisitHalf(string name, int rows, int columns, int stride, Span<Half> values)
    {
        var wide = new float[values.Length];
        for (var i = 0; i < wide.Length; i++) wide[i] = (float)values[i];
        Visit(name, rows, columns, stride, wide);
        for (var i = 0; i < wide.Length; i++) values[i] = (Half)wide[i];
    }
}

/// <summary>Memory of a tile in bytes.</summary>
/// <param name="StateBytes">Weights, hidden parameters, scales.</param>
/// <param name="ScratchBytes">Working buffers of one call.</param>
/// <param name="WorkingBytes">32-bit copy of 16-bit state, lent by the process for the time of one call; 0 where the state is kept in 32 bits.</param>
public readonly record struct TileMemory(long StateBytes, long ScratchBytes, long WorkingBytes = 0);
