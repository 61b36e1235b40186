using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>
/// The crossbar between DAC and ADC: the product and what the array does to it, in this order: static IR drop, voltage offsets and series
/// resistance, output-referred weight noise (spec forward, section 5). Each effect that is off costs nothing.
/// </summary>
internal sealed unsafe class AnalogArray : IDisposable
{
    private readonly ArraySettings _settings;
    private readonly MvmDirection _direction;
    private readonly PeripheryValues _periphery;
    private readonly ArrayWeights _weights;
    private readonly int _outSize;
    private readonly int _inStride;
    private readonly int _outStride;
    private readonly NativeBuffer<float>? _positions; // [input stride] what IR drop takes from each input
    private readonly NativeBuffer<float>? _normals; // [output stride]
    private NativeBuffer<float> _transformed = new(0); // [vectors, input stride] squares, magnitudes or tilted inputs
    private NativeBuffer<float> _loads = new(0); // [vectors, output stride] their product with the magnitudes of the weights
    private NativeBuffer<float> _tilted = new(0); // [vectors, output stride] product of the tilted inputs

    public AnalogArray(ArraySettings settings, MvmDirection direction, PeripheryValues periphery, int inSize, int outSize)
    {
        _settings = settings;
        _direction = direction;
        _periphery = periphery;
        _weights = new ArrayWeights(settings.NeedsMagnitudes);
        _outSize = outSize;
        _inStride = Lanes.RoundUp(inSize);
        _outStride = Lanes.RoundUp(outSize);
        _normals = settings.WeightNoiseType != WeightNoiseType.None ? new(_outStride) : null;
        if (settings.HasIrDrop)
        {
            _positions = new(_inStride);
            for (var input = 0; input < inSize; input++)
            {
                _positions.Span[input] = ArraySettings.Position(input, inSize);
            }
        }
    }

    /// <summary>Bytes for chunks of the given number of vectors.</summary>
    public long BytesFor(int vectors)
    {
        var perVector = _settings.NeedsMagnitudes ? _inStride + ((_settings.HasIrDrop ? 2L : 1L) * _outStride) : 0;
        var weights = _weights.BytesFor((long)_inStride * _outStride, !_periphery.Asymmetries.IsEmpty);
        return (vectors * perVector * sizeof(float)) + weights + ((_inStride + _outStride) * (long)sizeof(float));
    }

    /// <summary>Makes room for a chunk and takes over the weights of a call.</summary>
    public void Ensure(int vectors, WeightMatrix weights)
    {
        _weights.Load(weights, _periphery.Asymmetries);
        if (_settings.NeedsMagnitudes && _loads.Length < (long)vectors * _outStride)
        {
            DisposeChunk();
            _transformed = new((long)vectors * _inStride);
            _loads = new((long)vectors * _outStride);
            _tilted = new(_settings.HasIrDrop ? (long)vectors * _outStride : 0);
        }
    }

    /// <summary>One analog pass over prepared inputs.</summary>
    /// <param name="weights">The crossbar of <see cref="Ensure"/>.</param>
    /// <param name="inputs">[count, input stride], padding zero.</param>
    /// <param name="products">[count, output stride], overwritten.</param>
    /// <param name="vectors">Vector of the chunk that each row holds.</param>
    /// <param name="count">Rows.</param>
    /// <param name="at">Where the noise is drawn.</param>
    /// <param name="isNegative">Whether this is the pass of the negative inputs.</param>
    public void Read(WeightMatrix weights, float* inputs, float* products, int* vectors, int count, in PassAddress at, bool isNegative = false)
    {
        Multiply(_weights.Values(weights, isNegative), weights, inputs, products, count);
        if (_settings.HasIrDrop)
        {
            AddIrDrop(weights, inputs, products, count, isNegative);
        }

        if (_settings.HasOffsets)
        {
            AddOffsets(inputs, products, count);
        }

        if (_settings.WeightNoiseType != WeightNoiseType.None)
        {
            AddWeightNoise(weights, inputs, products, vectors, count, at, isNegative);
        }
    }

    /// <summary>The plain product of padded rows with weights in the layout of the crossbar.</summary>
    public void Multiply(ReadOnlySpan<float> values, WeightMatrix shape, float* inputs, float* products, int count) => Multiply(
        values,
        shape,
        new ReadOnlySpan<float>(inputs, count * _inStride),
        _inStride,
        new Span<float>(products, count * _outStride),
        _outStride,
        count);

    /// <summary>The plain product of rows of any stride that the product can use.</summary>
    public void Multiply(
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

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeChunk();
        _weights.Dispose();
        _positions?.Dispose();
        _normals?.Dispose();
    }

    private void AddIrDrop(WeightMatrix weights, float* inputs, float* products, int count, bool isNegative)
    {
        ArraySweep.Magnitudes(inputs, count * _inStride, _transformed.Pointer);
        Multiply(_weights.Magnitudes(isNegative), weights, _transformed.Pointer, _loads.Pointer, count);
        ArraySweep.MultiplyRows(inputs, _positions!.Pointer, _inStride, count, _transformed.Pointer);
        Multiply(_weights.Values(weights, isNegative), weights, _transformed.Pointer, _tilted.Pointer, count);
        for (var row = 0; row < count; row++)
        {
            var at = (nint)row * _outStride;
            ArraySweep.IrDrop(_settings, _loads.Pointer + at, _tilted.Pointer + at, products + at, _outStride);
        }
    }

    private void AddOffsets(float* inputs, float* products, int count)
    {
        for (var row = 0; row < count; row++)
        {
            var sum = _settings.OffsetWMin == 0 ? 0 : InputSweep.Sum(inputs + ((nint)row * _inStride), _inStride);
            ArraySweep.Offsets(_settings, -_settings.OffsetWMin * sum, _periphery.Offsets, products + ((nint)row * _outStride), _outStride);
        }
    }

    private void AddWeightNoise(WeightMatrix weights, float* inputs, float* products, int* vectors, int count, in PassAddress at, bool isNegative)
    {
        var readNoise = _settings.WeightNoiseType == WeightNoiseType.PCMRead;
        if (readNoise)
        {
            ArraySweep.Square(inputs, count * _inStride, _transformed.Pointer);
            Multiply(_weights.Magnitudes(isNegative), weights, _transformed.Pointer, _loads.Pointer, count);
        }

        var normals = _normals!.Pointer;
        for (var row = 0; row < count; row++)
        {
            var product = products + ((nint)row * _outStride);
            RandomField.Normals(at.WeightNoise, at.Of(vectors[row]), at.Pass, new Span<float>(normals, _outSize));
            if (readNoise)
            {
                ArraySweep.AddReadNoise(_settings.WeightNoise, _loads.Pointer + ((nint)row * _outStride), normals, product, _outStride);
            }
            else
            {
                var norm = MathF.Sqrt(InputSweep.SquaredNorm(inputs + ((nint)row * _inStride), _inStride));
                ArraySweep.AddConstantNoise(_settings.WeightNoise * norm, normals, product, _outStride);
            }
        }
    }

    private void DisposeChunk()
    {
        _transformed.Dispose();
        _loads.Dispose();
        _tilted.Dispose();
    }
}

/// <summary>Where the noise of one analog pass over a chunk is drawn.</summary>
/// <param name="WeightNoise">Key of the weight noise.</param>
/// <param name="Step">Step.</param>
/// <param name="FirstVector">Index of the chunk's first vector.</param>
/// <param name="Round">Round of bound management.</param>
/// <param name="Pass">Pass of the read-out, 0 for the only one: the row of the address.</param>
internal readonly record struct PassAddress(RandomKey WeightNoise, uint Step, int FirstVector, int Round, int Pass)
{
    /// <summary>Address of one vector of the chunk.</summary>
    public DrawAddress Of(int vector) => new(Step, (uint)(FirstVector + vector), (uint)Round);
}
