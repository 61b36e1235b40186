using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Tiles;

/// <summary>
/// The input range R of a tile: a digital parameter that clips and normalises what the DAC sees (spec forward, section 11). It changes at commits only,
/// so all reads of a step use the same one: first the mini-batches of the beginning set it from their data, then gradient descent moves it by
/// what the reads of the step had as gradients.
/// </summary>
/// <remarks>aihwkit sets it from the data of a mini-batch before it reads that mini-batch; here the next one is the first to see it.</remarks>
internal sealed class InputRange(InputRangeParameter parameter, int inSize)
{
    private readonly float[] _range = [parameter.InitValue];
    private readonly float[] _fromData = [0.0f]; // mini-batches that set it from their data
    private float[] _gradients = []; // [vector, inSize] of the step on record
    private bool[] _isKnown = []; // [vector]
    private ulong _step = ulong.MaxValue;

    /// <summary>R, above 0.</summary>
    public float Value => _range[0];

    /// <summary>Mini-batches that set it from their data.</summary>
    public int FromData => (int)_fromData[0];

    /// <summary>Whether commits need the gradients at the input.</summary>
    public bool Learns => parameter.LearnInputRange;

    /// <summary>Whether commits need to know how many outputs clipped.</summary>
    public bool ManagesOutputs => parameter is { LearnInputRange: true, ManageOutputClipping: true };

    /// <summary>Bytes of the record of a mini-batch.</summary>
    public long BytesFor(int batch) => Learns ? batch * (1L + ((long)inSize * sizeof(float))) : 0;

    /// <summary>Replaces the range by a magnitude.</summary>
    public void Set(float value) => _range[0] = MathF.Abs(value);

    /// <summary>Clips and normalises dense rows.</summary>
    public void Normalise(ReadOnlySpan<float> x, Span<float> result) => InputRangeSweep.Normalise(x, Value, result);

    /// <summary>Remembers the gradients at the input of some vectors; a repeat overwrites, another step forgets.</summary>
    public void KeepGradients(ulong step, int first, ReadOnlySpan<float> g, int batch)
    {
        if (!Learns)
        {
            return;
        }

        if (_isKnown.Length < first + batch)
        {
            var capacity = Math.Max(first + batch, 2 * _isKnown.Length);
            Array.Resize(ref _isKnown, capacity);
            Array.Resize(ref _gradients, capacity * inSize);
        }

        if (step != _step)
        {
            _step = step;
            _isKnown.AsSpan().Clear();
        }

        g.CopyTo(_gradients.AsSpan(first * inSize));
        _isKnown.AsSpan(first, batch).Fill(true);
    }

    /// <summary>Whether the gradients of all vectors of a step are on record.</summary>
    public bool Holds(ulong step, int batch) => step == _step && batch <= _isKnown.Length && !_isKnown.AsSpan(0, batch).Contains(false);

    /// <summary>The change of one mini-batch.</summary>
    /// <param name="learningRate">0 or more; 0 leaves the range to the data alone.</param>
    /// <param name="x">[batch, inSize] inputs of the tile.</param>
    /// <param name="clippedOutputs">Outputs at their bound, where <see cref="ManagesOutputs"/>.</param>
    public void Commit(float learningRate, ReadOnlySpan<float> x, long clippedOutputs)
    {
        var gradient = Learns && learningRate > 0 ? Gradient(x, clippedOutputs) : 0;
        if (_fromData[0] < parameter.InitFromData)
        {
            SetFrom(x);
        }

        Set(MathF.FusedMultiplyAdd(-learningRate, gradient, Value));
    }

    public void VisitState(ITileStateVisitor visitor)
    {
        visitor.Visit("input_range", 1, 1, 1, _range);
        visitor.Visit("input_range_update_idx", 1, 1, 1, _fromData);
    }

    private float Gradient(ReadOnlySpan<float> x, long clippedOutputs)
    {
        var (sum, inside) = (0.0f, 0L);
        for (var at = 0; at < x.Length; at += inSize)
        {
            var row = x.Slice(at, inSize);
            sum += InputRangeSweep.Gradient(row, _gradients.AsSpan(at, inSize), Value);
            inside += InputRangeSweep.CountInside(row, Value);
        }

        return InputRangeReference.Complete(parameter, sum, Value, inside / (float)x.Length, clippedOutputs / (float)x.Length);
    }

    private void SetFrom(ReadOnlySpan<float> x)
    {
        var (sum, squares) = (0.0f, 0.0f);
        for (var at = 0; at < x.Length; at += inSize)
        {
            sum += InputRangeSweep.Sum(x.Slice(at, inSize));
        }

        var mean = sum / x.Length;
        for (var at = 0; at < x.Length; at += inSize)
        {
            squares += InputRangeSweep.SquaredDistance(x.Slice(at, inSize), mean);
        }

        var deviation = MathF.Sqrt(squares / (x.Length - 1));
        if (deviation > 0)
        {
            Set(MathF.FusedMultiplyAdd(Value, _fromData[0], parameter.InitStdAlpha * deviation) / (_fromData[0] + 1));
            _fromData[0]++;
        }
    }
}
