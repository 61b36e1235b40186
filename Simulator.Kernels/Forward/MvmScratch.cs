using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>
/// Working memory of one pass: padded, aligned rows for the vectors of a chunk. It grows to the largest chunk seen and is then reused.
/// Padding stays zero.
/// </summary>
internal sealed unsafe class MvmScratch : IDisposable
{
    private readonly bool _readNoise;
    private readonly NativeBuffer<float>? _inputDither;
    private readonly NativeBuffer<float>? _inputNormals;
    private readonly NativeBuffer<float>? _outputDither;
    private readonly NativeBuffer<float>? _weightNormals;
    private NativeBuffer<float> _inputs = new(0);
    private NativeBuffer<float> _products = new(0);
    private NativeBuffer<float> _squares = new(0);
    private NativeBuffer<float> _variances = new(0);
    private NativeBuffer<float> _absoluteWeights = new(0);
    private NativeBuffer<float> _scales = new(0);
    private NativeBuffer<int> _vectors = new(0);
    private int _capacity;

    public MvmScratch(ConverterSettings settings, int inSize, int outSize)
    {
        InputStride = Lanes.RoundUp(inSize);
        OutputStride = Lanes.RoundUp(outSize);
        if (settings.IsPerfect)
        {
            return;
        }

        _readNoise = settings.WeightNoiseType == WeightNoiseType.PCMRead;
        _inputDither = settings.InputStochastic ? new(InputStride) : null;
        _inputNormals = settings.InputNoise > 0 ? new(InputStride) : null;
        _outputDither = settings.OutputStochastic ? new(OutputStride) : null;
        _weightNormals = settings.WeightNoiseType != WeightNoiseType.None ? new(OutputStride) : null;
    }

    public int InputStride { get; }

    public int OutputStride { get; }

    public Span<float> Inputs => _inputs.Span;

    public Span<float> Products => _products.Span;

    /// <summary>Squares of the prepared inputs (PCM_READ only).</summary>
    public Span<float> Squares => _squares.Span;

    /// <summary>Sum over the inputs of |W| x^2 (PCM_READ only).</summary>
    public Span<float> Variances => _variances.Span;

    /// <summary>|W| with the weights' stride (PCM_READ only), as of the last <see cref="Ensure"/>.</summary>
    public ReadOnlySpan<float> AbsoluteWeights => _absoluteWeights.Span;

    /// <summary>Scale of each slot.</summary>
    public float* Scales => _scales.Pointer;

    /// <summary>Vector of the chunk that each slot holds.</summary>
    public int* Vectors => _vectors.Pointer;

    public float* InputDither => _inputDither is null ? null : _inputDither.Pointer;

    public float* InputNormals => _inputNormals is null ? null : _inputNormals.Pointer;

    public float* OutputDither => _outputDither is null ? null : _outputDither.Pointer;

    public float* WeightNormals => _weightNormals is null ? null : _weightNormals.Pointer;

    public float* Input(int slot) => _inputs.Pointer + ((nint)slot * InputStride);

    public float* Product(int slot) => _products.Pointer + ((nint)slot * OutputStride);

    public float* Variance(int slot) => _variances.Pointer + ((nint)slot * OutputStride);

    /// <summary>Bytes for chunks of the given number of vectors.</summary>
    public long BytesFor(int vectors)
    {
        var perVector = ((_readNoise ? 2L : 1L) * (InputStride + OutputStride) * sizeof(float)) + sizeof(float) + sizeof(int);
        return (vectors * perVector) + (_absoluteWeights.Bytes + ((InputStride + OutputStride) * 2L * sizeof(float)));
    }

    /// <summary>Makes room for a chunk and, for PCM_READ, takes the magnitudes of the weights.</summary>
    public void Ensure(int vectors, WeightMatrix weights)
    {
        if (vectors > _capacity)
        {
            Grow(vectors, weights.Values.Length);
        }

        if (_readNoise)
        {
            WeightNoiseSweep.Magnitudes(weights.Values, _absoluteWeights.Span);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeChunk();
        _inputDither?.Dispose();
        _inputNormals?.Dispose();
        _outputDither?.Dispose();
        _weightNormals?.Dispose();
    }

    private void Grow(int vectors, int weights)
    {
        DisposeChunk();
        _capacity = vectors;
        _inputs = new((long)vectors * InputStride);
        _products = new((long)vectors * OutputStride);
        _scales = new(vectors);
        _vectors = new(vectors);
        if (_readNoise)
        {
            _squares = new((long)vectors * InputStride);
            _variances = new((long)vectors * OutputStride);
            _absoluteWeights = new(weights);
        }
    }

    private void DisposeChunk()
    {
        _inputs.Dispose();
        _products.Dispose();
        _squares.Dispose();
        _variances.Dispose();
        _absoluteWeights.Dispose();
        _scales.Dispose();
        _vectors.Dispose();
    }
}
