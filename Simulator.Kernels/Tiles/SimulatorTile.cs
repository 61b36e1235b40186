using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tiles;

/// <summary>
/// A crossbar with its read-out in both directions, its devices and its digital periphery (spec tile-api, sections 3 to 5). Reads never change
/// persistent state; arguments are checked before anything is touched. Not safe for concurrent calls.
/// </summary>
/// <remarks>
/// Order of a forward read: input range, product, mask of clipped outputs, input range, mapping scale, learned scale, digital bias. Order of a backward read: learned
/// scale, mapping scale, mask, transposed product. The pulsed update sees d times the learned scale, divided by the mapping scale and the
/// compensation of the learning rate; the mask does not apply to it.
/// </remarks>
public abstract partial class SimulatorTile : ITile
{
    /// <summary>Learning rate of a fresh tile, as aihwkit's.</summary>
    private const float DefaultLearningRate = 0.1f;

    private readonly WeightMatrix _weights;
    private readonly DeviceArray _devices;
    private readonly MvmPass _forward;
    private readonly MvmPass _backward;
    private readonly MappingParameter _mapping;
    private readonly TileOptions _options;
    private readonly OutputScales _scales;
    private readonly ForwardRecord _record;
    private readonly float[] _bias;
    private readonly float[] _biasGradient;
    private float[] _inputScratch = [];
    private float[] _outputScratch = [];
    private float[] _gradientScratch = [];
    private float _learningRate = DefaultLearningRate;

    /// <summary>Builds the tile and initialises its weights uniformly in [-0.1, 0.1).</summary>
    /// <param name="shape">Logical size.</param>
    /// <param name="identity">Who draws.</param>
    /// <param name="mapping">Scales.</param>
    /// <param name="prePost">Input range.</param>
    /// <param name="forward">Non-idealities of the forward product.</param>
    /// <param name="backward">Non-idealities of the transposed product.</param>
    /// <param name="createDevices">Builds the devices for (rows, columns).</param>
    /// <param name="outBound">Magnitude of an output that counts as clipped in the backward pass; 0 is none.</param>
    /// <param name="runtime">How the state is kept.</param>
    /// <param name="options">Wiring.</param>
    private protected SimulatorTile(
        TileShape shape,
        TileIdentity identity,
        MappingParameter mapping,
        PrePostProcessingParameter prePost,
        IOParameters forward,
        IOParameters backward,
        Func<int, int, DeviceArray> createDevices,
        float outBound,
        RuntimeParameter runtime,
        TileOptions options)
    {
        Shape = shape;
        Identity = identity;
        if (options.DigitalBias && shape.AnalogBias)
        {
            throw Refuse("options", "a digital bias and an analog bias column", "at most one of them");
        }

        _mapping = mapping;
        _options = options;
        _runtime = runtime;
        _scales = new OutputScales(mapping, shape.OutSize);
        _range = CreateRange(prePost.InputRange, forward, shape.InSize);
        _record = new ForwardRecord(shape.OutSize, outBound, mapping.LearnOutScaling);
        _bias = options.DigitalBias ? new float[shape.OutSize] : [];
        _biasGradient = new float[_bias.Length];
        _forward = new MvmPass(forward, MvmDirection.Forward, shape.DSize, shape.XSize, identity, Math.Max(mapping.MaxInputSize, 0));
        _backward = new MvmPass(backward, MvmDirection.Backward, shape.DSize, shape.XSize, identity);
        _weights = new WeightMatrix(shape.DSize, shape.XSize, IsHalf);
        _devices = createDevices(shape.DSize, shape.XSize);
        _halfWeights = IsHalf ? [_weights.State] : [];
        _halfState = IsHalf ? [.. _halfWeights, .. _devices.KeepHalf()] : [];
        using var state = OpenState();
        InitialiseWeights();
    }

    /// <inheritdoc/>
    public TileShape Shape { get; }

    /// <summary>Who draws.</summary>
    public TileIdentity Identity { get; }

    /// <summary>Learning rate of <see cref="Update"/> and of the last commit, without the compensation of mapping scales. Default 0.1.</summary>
    public float LearningRate
    {
        get => _learningRate;
        set => _learningRate = RequireLearningRate(value);
    }

    /// <summary>Mean weight change of one pulse; 0 for devices that are not pulsed.</summary>
    public float WeightGranularity => _devices.WeightGranularity;

    /// <inheritdoc/>
    public void Forward(in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch)
    {
        RequireBatch(batch, 1);
        RequireLength("x", x.Length, batch, Shape.InSize);
        RequireLength("y", y.Length, batch, Shape.OutSize);
        RequireFinite("x", x);
        using var state = OpenWeights();
        var input = _options.InTrans ? Transposed(ref _inputScratch, x, Shape.InSize, batch) : x;
        var output = _options.OutTrans ? Need(ref _outputScratch, y.Length) : y;
        ReadForward(at, input, output, batch);
        if (_options.OutTrans)
        {
            RowSweep.Transpose(output, batch, Shape.OutSize, y);
        }
    }

    /// <inheritdoc/>
    public void Backward(in ReadAddress at, ReadOnlySpan<float> d, Span<float> x, int batch)
    {
        RequireBatch(batch, 1);
        RequireLength("d", d.Length, batch, Shape.OutSize);
        RequireLength("x", x.Length, batch, Shape.InSize);
        RequireFinite("d", d);
        using var state = OpenWeights();
        var gradient = _options.OutTrans ? Transposed(ref _outputScratch, d, Shape.OutSize, batch) : d;
        var result = _options.InTrans ? Need(ref _inputScratch, x.Length) : x;
        ReadBackward(at, gradient, result, batch);
        if (_options.InTrans)
        {
            RowSweep.Transpose(result, batch, Shape.InSize, x);
        }
    }

    /// <summary>Whether the training reads of these vectors are on record, which a backward read and a commit of the same step rely on.</summary>
    public bool HoldsForward(ulong step, int first, int count) => _record.Holds(step, first, count);

    /// <summary>[batch, InSize] to [batch, OutSize].</summary>
    private void ReadForward(in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch)
    {
        _forward.Run(_weights, at, Normalised(x), Shape.InSize, y, Shape.OutSize, batch);
        FinishForward(at, y, batch);
    }

    /// <summary>[batch, OutSize] to [batch, InSize].</summary>
    private void ReadBackward(in ReadAddress at, ReadOnlySpan<float> d, Span<float> x, int batch)
    {
        var masked = at.Phase == ReadPhase.Training && _record.IsAnyMasked(at.Step, at.FirstVector, batch);
        var gradient = masked || _scales.Maps || _scales.Learns ? ScaleGradient(at, d, batch, masked) : d;
        _backward.Run(_weights, at, gradient, Shape.OutSize, x, Shape.InSize, batch);
        if (at.Phase == ReadPhase.Training)
        {
            _range?.KeepGradients(at.Step, at.FirstVector, x, batch);
        }
    }

    private void FinishForward(in ReadAddress at, Span<float> y, int batch)
    {
        var size = Shape.OutSize;
        var records = at.Phase == ReadPhase.Training;
        if (records)
        {
            _record.Begin(at.Step, at.FirstVector + batch);
        }

        for (var vector = 0; vector < batch; vector++)
        {
            var row = y.Slice(vector * size, size);
            if (records)
            {
                _record.KeepMask(at.FirstVector + vector, row);
            }

            if (_range is not null)
            {
                RowSweep.Scale(_range.Value, row);
            }

            if (_scales.Maps)
            {
                RowSweep.Multiply(row, _scales.Mapping, row);
            }

            if (_scales.Learns)
            {
                if (records)
                {
                    _record.KeepOutputs(at.FirstVector + vector, row);
                }

                RowSweep.Multiply(row, _scales.Learned, row);
            }

            if (_bias.Length > 0)
            {
                RowSweep.Add(_bias, row);
            }
        }
    }

    private ReadOnlySpan<float> ScaleGradient(ReadAddress at, ReadOnlySpan<float> d, int batch, bool masked)
    {
        var size = Shape.OutSize;
        var scaled = Need(ref _gradientScratch, batch * size);
        d.CopyTo(scaled);
        for (var vector = 0; vector < batch; vector++)
        {
            var row = scaled.Slice(vector * size, size);
            if (_scales.Learns)
            {
                RowSweep.Multiply(row, _scales.Learned, row);
            }

            if (_scales.Maps)
            {
                RowSweep.Multiply(row, _scales.Mapping, row);
            }

            if (masked)
            {
                _record.ApplyMask(at.FirstVector + vector, row);
            }
        }

        return scaled;
    }

    private void InitialiseWeights()
    {
        var key = RandomKey.Derive(Identity, RandomStream.WeightInitialisation);
        for (var row = 0; row < _weights.Rows; row++)
        {
            var values = _weights.Row(row);
            RandomField.Uniforms(key, new DrawAddress(0, 0, 0), row, values);
            foreach (ref var value in values)
            {
                value = MathF.FusedMultiplyAdd(0.2f, value, -0.1f);
            }
        }

        _devices.OnSetWeights(_weights, 0);
        RoundGiven();
    }

    private static Span<float> Need(ref float[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = new float[length];
        }

        return buffer.AsSpan(0, length);
    }

    /// <summary>[features, batch] to [batch, features].</summary>
    private static ReadOnlySpan<float> Transposed(ref float[] buffer, ReadOnlySpan<float> values, int features, int batch)
    {
        var dense = Need(ref buffer, values.Length);
        RowSweep.Transpose(values, features, batch, dense);
        return dense;
    }
}
