using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Forward;

/// <summary>
/// Working memory of one pass: padded, aligned rows for the vectors of a chunk. It grows to the largest chunk seen and is then reused.
/// Padding stays zero.
/// </summary>
internal sealed unsafe class MvmScratch : IDisposable
{
    private readonly bool _hasPasses;
    private readonly NativeBuffer<float>? _inputDither;
    private readonly NativeBuffer<float>? _inputNormals;
    private readonly NativeBuffer<float>? _outputDither;
    private NativeBuffer<float> _inputs = new(0);
    private NativeBuffer<float> _products = new(0);
    private NativeBuffer<float> _parts = new(0);
    private NativeBuffer<float> _totals = new(0);
    private NativeBuffer<float> _scales = new(0);
    private NativeBuffer<int> _vectors = new(0);
    private NativeBuffer<byte> _clipped = new(0);
    private int _capacity;

    public MvmScratch(ConverterSettings settings, ReadoutPlan plan, int inSize, int outSize)
    {
        InputStride = Lanes.RoundUp(inSize);
        OutputStride = Lanes.RoundUp(outSize);
        if (settings.IsPerfect)
        {
            return;
        }

        _hasPasses = plan.IsDigitalSum || plan.IsAnalogSum;
        _inputDither = settings.InputStochastic ? new(InputStride) : null;
        _inputNormals = settings.InputNoise > 0 ? new(InputStride) : null;
        _outputDither = settings.OutputStochastic ? new(OutputStride) : null;
    }

    public int InputStride { get; }

    public int OutputStride { get; }

    /// <summary>Scale of each slot.</summary>
    public float* Scales => _scales.Pointer;

    /// <summary>Vector of the chunk that each slot holds.</summary>
    public int* Vectors => _vectors.Pointer;

    /// <summary>Whether a phase of each slot clipped (read-outs in phases only).</summary>
    public byte* Clipped => _clipped.Pointer;

    public float* InputDither => _inputDither is null ? null : _inputDither.Pointer;

    public float* InputNormals => _inputNormals is null ? null : _inputNormals.Pointer;

    public float* OutputDither => _outputDither is null ? null : _outputDither.Pointer;

    /// <summary>Prepared inputs of a slot and those behind it.</summary>
    public float* Input(int slot) => _inputs.Pointer + ((nint)slot * InputStride);

    /// <summary>Products of a slot and those behind it.</summary>
    public float* Product(int slot) => _products.Pointer + ((nint)slot * OutputStride);

    /// <summary>Part of the input that a phase sends (read-outs of several passes only).</summary>
    public float* Part(int slot) => _parts.Pointer + ((nint)slot * InputStride);

    /// <summary>Sum of the passes so far (read-outs of several passes only).</summary>
    public float* Total(int slot) => _totals.Pointer + ((nint)slot * OutputStride);

    /// <summary>Bytes for chunks of the given number of vectors.</summary>
    public long BytesFor(int vectors)
    {
        var perVector = InputStride + (long)OutputStride + (_hasPasses ? InputStride + (long)OutputStride : 0);
        return (vectors * ((perVector * sizeof(float)) + sizeof(float) + sizeof(int) + 1)) + ((InputStride + OutputStride) * (long)sizeof(float));
    }

    /// <summary>Makes room for a chunk.</summary>
    public void Ensure(int vectors)
    {
        if (vectors > _capacity)
        {
            DisposeChunk();
            _capacity = vectors;
            _inputs = new((long)vectors * InputStride);
            _products = new((long)vectors * OutputStride);
            _parts = new(_hasPasses ? (long)vectors * InputStride : 0);
            _totals = new(_hasPasses ? (long)vectors * OutputStride : 0);
            _scales = new(vectors);
            _vectors = new(vectors);
            _clipped = new(vectors);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeChunk();
        _inputDither?.Dispose();
        _inputNormals?.Dispose();
        _outputDither?.Dispose();
    }

    private void DisposeChunk()
    {
        _inputs.Dispose();
        _products.Dispose();
        _parts.Dispose();
        _totals.Dispose();
        _scales.Dispose();
        _vectors.Dispose();
        _clipped.Dispose();
    }
}
