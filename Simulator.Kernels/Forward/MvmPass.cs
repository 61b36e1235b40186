using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>
/// The analog product of one tile in one direction: DAC, array, ADC (spec forward, sections 3 to 8). A read is a pure function of the
/// weights, the input and the address: the result of vector v does not depend on which other vectors share the call.
/// </summary>
/// <remarks>
/// A call works through its vectors in chunks: prepare all vectors, one deterministic product, finish all rows; then only the vectors that
/// clipped go through the next round of bound management, closed up to a smaller product, with noise addressed by the round.
/// Order of operations of a round: scale, quantise, clip, input noise, input asymmetry; product; IR drop; voltage offsets and series resistance;
/// weight noise; non-linearity; output asymmetry, output noise, quantise, clip; output scale. Read-outs of several passes repeat the part between
/// DAC and ADC, or up to the ADC, for each (<see cref="ReadoutPlan"/>).
/// Not safe for concurrent calls: scratch is owned by the pass.
/// </remarks>
public sealed unsafe partial class MvmPass : IDisposable
{
    /// <summary>Most vectors prepared at once: bounds the scratch and keeps it in the second-level cache.</summary>
    private const int ChunkVectors = 128;

    private readonly ConverterSettings _settings;
    private readonly ReadoutPlan _plan;
    private readonly MvmDirection _direction;
    private readonly PeripheryValues _periphery;
    private readonly bool _isNonlinear;
    private readonly AnalogArray _array;
    private readonly TimeResolvedArray? _timeResolved;
    private readonly AbsMaxAverage _average = new();
    private readonly MvmKeys _training;
    private readonly MvmKeys _evaluation;
    private readonly MvmScratch _scratch;

    /// <summary>Builds the pass and draws the fixed values of its periphery.</summary>
    /// <param name="io">Non-idealities; checked by <see cref="IOParametersValidator"/>.</param>
    /// <param name="direction">Forward (W x) or backward (W^T d).</param>
    /// <param name="rows">Rows of the crossbar.</param>
    /// <param name="columns">Columns of the crossbar.</param>
    /// <param name="tile">Identity in the address of every draw.</param>
    /// <param name="physicalRows">Rows of a physical column, for IR drop in time; 0 takes the inputs. Default 0.</param>
    /// <exception cref="IOParametersException">Names every field that cannot be used.</exception>
    public MvmPass(IOParameters io, MvmDirection direction, int rows, int columns, TileIdentity tile, int physicalRows = 0)
    {
        InSize = direction == MvmDirection.Forward ? columns : rows;
        OutSize = direction == MvmDirection.Forward ? rows : columns;
        IOParametersValidator.Require(io, direction, InSize, physicalRows);
        _direction = direction;
        _settings = new ConverterSettings(io, direction);
        _plan = new ReadoutPlan(io);
        _periphery = new PeripheryValues(io, direction, rows, columns, tile);
        var array = new ArraySettings(io, InSize);
        _isNonlinear = array.IsNonlinear;
        _array = new AnalogArray(array, direction, _periphery, InSize, OutSize);
        _timeResolved = _plan.IsDigitalSum && io is IOParametersIRDropT times
            ? new TimeResolvedArray(times, _plan, _array, new IrDropSettings(times, InSize, OutSize, physicalRows))
            : null;
        _training = new MvmKeys(tile, MvmCallSite.Of(direction, ReadPhase.Training));
        _evaluation = new MvmKeys(tile, MvmCallSite.Of(direction, ReadPhase.Evaluation));
        _scratch = new MvmScratch(_settings, _plan, InSize, OutSize);
    }

    /// <summary>Inputs of the product.</summary>
    public int InSize { get; }

    /// <summary>Outputs of the product.</summary>
    public int OutSize { get; }

    /// <summary>The running mean of AVERAGE_ABS_MAX as of the last commit; 1 before the first.</summary>
    public float AverageAbsMax => _average.Value;

    /// <summary>Names of the fixed values of this periphery that <see cref="GetParameter"/> knows.</summary>
    public IReadOnlyList<string> ParameterNames => _periphery.Names;

    /// <summary>Bytes of the fixed values that can be replaced.</summary>
    public long StateBytes => _periphery.Bytes;

    /// <summary>Bytes of scratch for calls of the given batch.</summary>
    public long ScratchBytes(int batch)
    {
        var vectors = Math.Min(batch, ChunkVectors);
        return _scratch.BytesFor(vectors) + _array.BytesFor(vectors) + (_timeResolved?.BytesFor(vectors) ?? 0) + _average.ScratchBytes;
    }

    /// <summary>A copy of one fixed value of the periphery, for instance <c>out_noise_values</c> [OutSize].</summary>
    public float[] GetParameter(string name) => _periphery.Get(name);

    /// <summary>Replaces one fixed value of the periphery.</summary>
    /// <exception cref="TileException">Unknown name, wrong length or a value that it cannot have; nothing was changed.</exception>
    public void SetParameter(string name, ReadOnlySpan<float> values) => _periphery.Set(name, values);

    /// <summary>Throws what <see cref="SetParameter"/> would throw, and changes nothing.</summary>
    public void CheckParameter(string name, ReadOnlySpan<float> values) => _periphery.Check(name, values);

    /// <summary>The products of a batch of dense vectors.</summary>
    /// <param name="weights">The crossbar.</param>
    /// <param name="at">Address of the noise.</param>
    /// <param name="x">[batch, InSize], row-major, finite.</param>
    /// <param name="y">[batch, OutSize], overwritten.</param>
    /// <param name="batch">Vectors, 0 or more.</param>
    public void Run(WeightMatrix weights, in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch) =>
        Run(weights, at, x, InSize, y, OutSize, batch);

    /// <summary>
    /// The products of a batch where a bias column may be implied: inputs of InSize - 1 values get the constant 1 appended, outputs of
    /// OutSize - 1 values drop the last one.
    /// </summary>
    /// <param name="weights">The crossbar.</param>
    /// <param name="at">Address of the noise.</param>
    /// <param name="x">[batch, xWidth], row-major, finite.</param>
    /// <param name="xWidth">InSize or InSize - 1.</param>
    /// <param name="y">[batch, yWidth], overwritten; must not overlap x.</param>
    /// <param name="yWidth">OutSize or OutSize - 1.</param>
    /// <param name="batch">Vectors, 0 or more.</param>
    public void Run(WeightMatrix weights, in ReadAddress at, ReadOnlySpan<float> x, int xWidth, Span<float> y, int yWidth, int batch)
    {
        CheckShapes(weights, x.Length, xWidth, y.Length, yWidth, batch);
        var step = DrawAddress.PackStep(at.Step);
        var records = at.Phase == ReadPhase.Training && _settings.NoiseManagement == NoiseManagementType.AverageAbsMax;
        if (records)
        {
            _average.Begin(at.Step, at.FirstVector + batch);
        }

        var vectors = Math.Min(batch, ChunkVectors);
        _scratch.Ensure(vectors);
        _array.Ensure(vectors, weights);
        _timeResolved?.Ensure(vectors, weights, at.Phase);
        fixed (float* xFirst = x, yFirst = y)
        {
            for (var first = 0; first < batch; first += ChunkVectors)
            {
                var chunk = new MvmChunk
                {
                    X = xFirst + ((nint)first * xWidth),
                    XWidth = xWidth,
                    Y = yFirst + ((nint)first * yWidth),
                    YWidth = yWidth,
                    Count = Math.Min(ChunkVectors, batch - first),
                    FirstVector = at.FirstVector + first,
                    Step = step,
                    Phase = at.Phase,
                    Keys = at.Phase == ReadPhase.Training ? _training : _evaluation,
                    Records = records,
                };
                if (_settings.IsPerfect)
                {
                    RunPerfect(weights, chunk);
                }
                else
                {
                    RunAnalog(weights, chunk);
                }
            }
        }
    }

    /// <summary>Folds what the training reads of a step recorded into the running statistics. Part of the tile's commit.</summary>
    public void CommitStatistics(ulong step) => _average.Commit(step);

    /// <summary>Names the mutable values of the periphery.</summary>
    public void VisitState(ITileStateVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        var prefix = _direction == MvmDirection.Forward ? "forward." : "backward.";
        if (_settings.NoiseManagement == NoiseManagementType.AverageAbsMax)
        {
            visitor.Visit(prefix + "average_abs_max", 1, _average.State.Length, _average.State.Length, _average.State);
        }

        _periphery.VisitState(visitor, prefix);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scratch.Dispose();
        _timeResolved?.Dispose();
        _array.Dispose();
        _periphery.Dispose();
    }

    private void CheckShapes(WeightMatrix weights, int xLength, int xWidth, int yLength, int yWidth, int batch)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        var (inSize, outSize) = _direction == MvmDirection.Forward ? (weights.Columns, weights.Rows) : (weights.Rows, weights.Columns);
        if (inSize != InSize || outSize != OutSize)
        {
            throw new ArgumentException($"The pass was built for {InSize} inputs and {OutSize} outputs, the weights have {inSize} and {outSize}.");
        }

        if ((xWidth != InSize && xWidth != InSize - 1) || xLength != (long)batch * xWidth)
        {
            throw new ArgumentException($"x holds {xLength} values in vectors of {xWidth}, expected {batch} vectors of {InSize} (or {InSize - 1} with a bias column).");
        }

        if ((yWidth != OutSize && yWidth != OutSize - 1) || yLength != (long)batch * yWidth)
        {
            throw new ArgumentException($"y holds {yLength} values in vectors of {yWidth}, expected {batch} vectors of {OutSize} (or {OutSize - 1} with a bias column).");
        }
    }
}
