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
/// Order of operations of a round: scale, quantise, clip, input noise, input asymmetry; product; weight noise; output asymmetry, output
/// noise, quantise, clip; output scale. IR drop, voltage offset and series resistance belong between product and weight noise, the
/// non-linearity before the output asymmetry; they are refused at construction until they exist.
/// Not safe for concurrent calls: scratch is owned by the pass.
/// </remarks>
public sealed unsafe partial class MvmPass : IDisposable
{
    /// <summary>Most vectors prepared at once: bounds the scratch and keeps it in the second-level cache.</summary>
    private const int ChunkVectors = 128;

    private readonly ConverterSettings _settings;
    private readonly MvmDirection _direction;
    private readonly PeripheryValues _periphery;
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
    /// <exception cref="IOParametersException">Names every field that cannot be used.</exception>
    public MvmPass(IOParameters io, MvmDirection direction, int rows, int columns, TileIdentity tile)
    {
        IOParametersValidator.Require(io, direction);
        _direction = direction;
        _settings = new ConverterSettings(io, direction);
        InSize = direction == MvmDirection.Forward ? columns : rows;
        OutSize = direction == MvmDirection.Forward ? rows : columns;
        _periphery = new PeripheryValues(io, direction, OutSize, tile);
        _training = new MvmKeys(tile, MvmCallSite.Of(direction, ReadPhase.Training));
        _evaluation = new MvmKeys(tile, MvmCallSite.Of(direction, ReadPhase.Evaluation));
        _scratch = new MvmScratch(_settings, InSize, OutSize);
    }

    /// <summary>Inputs of the product.</summary>
    public int InSize { get; }

    /// <summary>Outputs of the product.</summary>
    public int OutSize { get; }

    /// <summary>The running mean of AVERAGE_ABS_MAX as of the last commit; 1 before the first.</summary>
    public float AverageAbsMax => _average.Value;

    /// <summary>Names of the fixed values of this periphery that <see cref="GetParameter"/> knows.</summary>
    public IReadOnlyList<string> ParameterNames => _periphery.Names;

    /// <summary>Bytes of scratch for calls of the given batch.</summary>
    public long ScratchBytes(int batch) => _scratch.BytesFor(Math.Min(batch, ChunkVectors)) + _average.ScratchBytes;

    /// <summary>A copy of one fixed value of the periphery, for instance <c>out_noise_values</c> [OutSize].</summary>
    public float[] GetParameter(string name) => _periphery.Get(name);

    /// <summary>Replaces one fixed value of the periphery.</summary>
    /// <exception cref="ArgumentException">Unknown name, wrong length or a value that is not finite.</exception>
    public void SetParameter(string name, ReadOnlySpan<float> values) => _periphery.Set(name, values);

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

        _scratch.Ensure(Math.Min(batch, ChunkVectors), weights);
        fixed (float* xFirst = x, yFirst = y)
        {
            for (var first = 0; first < batch; first += ChunkVectors)
            {
                var chunk = new Chunk
                {
                    X = xFirst + ((nint)first * xWidth),
                    XWidth = xWidth,
                    Y = yFirst + ((nint)first * yWidth),
                    YWidth = yWidth,
                    Count = Math.Min(ChunkVectors, batch - first),
                    FirstVector = at.FirstVector + first,
                    Step = step,
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
        _periphery.Dispose();
    }

    private void RunAnalog(WeightMatrix weights, in Chunk chunk)
    {
        var pending = _scratch.Vectors;
        for (var vector = 0; vector < chunk.Count; vector++)
        {
            pending[vector] = vector;
        }

        var count = chunk.Count;
        for (var round = 0; count > 0; round++)
        {
            var live = 0;
            for (var i = 0; i < count; i++)
            {
                if (Prepare(chunk, pending[i], live, round))
                {
                    pending[live++] = pending[i];
                }
            }

            Multiply(weights, live);
            AddWeightNoise(weights, chunk, live, round);
            var isLast = InputScale.IsLastRound(_settings, round);
            count = 0;
            for (var i = 0; i < live; i++)
            {
                if (Finish(chunk, pending[i], i, round) && !isLast)
                {
                    pending[count++] = pending[i];
                }
            }
        }
    }

    /// <summary>Steps 1 to 3: false if the vector has no scale, in which case its output is exactly zero.</summary>
    private bool Prepare(in Chunk chunk, int vector, int slot, int round)
    {
        var row = _scratch.Input(slot);
        var stride = _scratch.InputStride;
        var absMax = InputSweep.CopyAndMeasure(chunk.X + ((nint)vector * chunk.XWidth), chunk.XWidth, row, InSize, stride);
        if (chunk.Records && round == 0)
        {
            _average.Record(chunk.FirstVector + vector, absMax);
        }

        var type = InputScale.TypeOfRound(_settings, round);
        var extremes = InputScale.NeedsSums(type)
            ? InputSweep.Measure(row, InSize, stride, absMax)
            : new InputExtremes(absMax, absMax, 0, 0);
        var alpha = InputScale.Alpha(_settings, type, extremes, _average.Value);
        if (alpha <= 0 && _settings.ZeroWithoutScale)
        {
            new Span<float>(chunk.Y + ((nint)vector * chunk.YWidth), chunk.YWidth).Clear();
            return false;
        }

        var scale = InputScale.Total(type, alpha, InputScale.ReductionOfRound(_settings, round));
        _scratch.Scales[slot] = scale;
        var dither = _scratch.InputDither;
        var normals = _scratch.InputNormals;
        if (dither is null && normals is null)
        {
            InputSweep.Convert(_settings, scale, row, stride);
            return true;
        }

        var at = chunk.Address(vector, round);
        if (dither is not null)
        {
            RandomField.Uniforms(chunk.Keys.InputRounding, at, 0, new Span<float>(dither, InSize));
        }

        if (normals is not null)
        {
            RandomField.Normals(chunk.Keys.InputNoise, at, 0, new Span<float>(normals, InSize));
        }

        InputSweep.ConvertWithNoise(_settings, scale, row, InSize, stride, dither, normals);
        return true;
    }

    /// <summary>Step 4 for the first <paramref name="count"/> prepared vectors.</summary>
    private void Multiply(WeightMatrix weights, int count)
    {
        if (count > 0)
        {
            Multiply(weights.Values, weights, _scratch.Inputs, _scratch.InputStride, _scratch.Products, _scratch.OutputStride, count);
        }
    }

    private void Multiply(
        ReadOnlySpan<float> values, WeightMatrix shape, ReadOnlySpan<float> inputs, int inStride, Span<float> products, int outStride, int count)
    {
        if (_direction == MvmDirection.Forward)
        {
            Gemm.Forward(values, shape.Rows, shape.Columns, shape.Stride, inputs, inStride, products, outStride, count);
        }
        else
        {
            Gemm.Transposed(values, shape.Rows, shape.Columns, shape.Stride, inputs, inStride, products, outStride, count);
        }
    }

    /// <summary>Step 5: output-referred weight noise, from the prepared inputs (spec forward, section 5).</summary>
    private void AddWeightNoise(WeightMatrix weights, in Chunk chunk, int count, int round)
    {
        if (_settings.WeightNoiseType == WeightNoiseType.None || count == 0)
        {
            return;
        }

        var readNoise = _settings.WeightNoiseType == WeightNoiseType.PCMRead;
        if (readNoise)
        {
            WeightNoiseSweep.Square(_scratch.Inputs[..(count * _scratch.InputStride)], _scratch.Squares);
            Multiply(_scratch.AbsoluteWeights, weights, _scratch.Squares, _scratch.InputStride, _scratch.Variances, _scratch.OutputStride, count);
        }

        for (var slot = 0; slot < count; slot++)
        {
            var normals = _scratch.WeightNormals;
            var at = chunk.Address(_scratch.Vectors[slot], round);
            RandomField.Normals(chunk.Keys.WeightNoise, at, 0, new Span<float>(normals, OutSize));
            if (readNoise)
            {
                WeightNoiseSweep.AddPcmRead(_settings.WeightNoise, _scratch.Variance(slot), normals, _scratch.Product(slot), _scratch.OutputStride);
            }
            else
            {
                var norm = MathF.Sqrt(InputSweep.SquaredNorm(_scratch.Input(slot), _scratch.InputStride));
                WeightNoiseSweep.AddConstant(_settings.WeightNoise * norm, normals, _scratch.Product(slot), _scratch.OutputStride);
            }
        }
    }

    /// <summary>Steps 6 and 7; true if the vector clipped.</summary>
    private bool Finish(in Chunk chunk, int vector, int slot, int round)
    {
        var at = chunk.Address(vector, round);
        var dither = _scratch.OutputDither;
        if (dither is not null)
        {
            RandomField.Uniforms(chunk.Keys.OutputRounding, at, 0, new Span<float>(dither, OutSize));
        }

        var factor = _settings.OutScale / _scratch.Scales[slot];
        if (!_settings.TestNegativeBound && !InputScale.IsLastRound(_settings, round))
        {
            var values = _scratch.Product(slot);
            ReadOut(new AdcConstants(_settings, float.PositiveInfinity, 1.0f), slot, dither, chunk.Keys.OutputNoise, at, values);
            var clipped = OutputSweep.ClipByLastHit(_settings.OutputBound, factor, values, OutSize);
            Deliver(chunk, vector, values);
            return clipped;
        }

        var result = ResultRow(chunk, vector, slot);
        var largest = ReadOut(new AdcConstants(_settings, _settings.OutputBound, factor), slot, dither, chunk.Keys.OutputNoise, at, result);
        Deliver(chunk, vector, result);
        return largest > _settings.OutputBound;
    }

    private float ReadOut(in AdcConstants adc, int slot, float* dither, RandomKey key, in DrawAddress at, float* result) =>
        _periphery.HasOutputNoise
            ? OutputSweep.WithNoise(adc, _scratch.Product(slot), _scratch.OutputStride, _periphery.OutputNoise, dither, key, at, result)
            : OutputSweep.WithoutNoise(adc, _scratch.Product(slot), _scratch.OutputStride, dither, result);

    /// <summary>Whole rows are written in place at the caller; rows with a tail go through scratch.</summary>
    private float* ResultRow(in Chunk chunk, int vector, int slot) =>
        chunk.YWidth == _scratch.OutputStride ? chunk.Y + ((nint)vector * chunk.YWidth) : _scratch.Product(slot);

    private static void Deliver(in Chunk chunk, int vector, float* result)
    {
        var destination = chunk.Y + ((nint)vector * chunk.YWidth);
        if (result != destination)
        {
            new ReadOnlySpan<float>(result, chunk.YWidth).CopyTo(new Span<float>(destination, chunk.YWidth));
        }
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

    /// <summary>The vectors of one chunk of a call.</summary>
    private readonly struct Chunk
    {
        public float* X { get; init; }

        public int XWidth { get; init; }

        public float* Y { get; init; }

        public int YWidth { get; init; }

        public int Count { get; init; }

        public int FirstVector { get; init; }

        public uint Step { get; init; }

        public MvmKeys Keys { get; init; }

        public bool Records { get; init; }

        public DrawAddress Address(int vector, int round) => new(Step, (uint)(FirstVector + vector), (uint)round);
    }
}
