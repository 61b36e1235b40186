namespace Tessera.Kernels.Tiles;

/// <summary>
/// What a tile remembers of the training reads of one step: which outputs sat at the output bound, and the outputs before the learned
/// scale. Scratch, not state: addressed by the index of the vector, so that a repeat overwrites it with the same bits; another step forgets it.
/// </summary>
internal sealed class ForwardRecord(int outSize, float outBound, bool keepsOutputs)
{
    private bool[] _isMasked = [];
    private bool[] _isKnown = [];
    private byte[] _mask = [];
    private float[] _outputs = [];
    private ulong _step = ulong.MaxValue;

    /// <summary>Bytes for a mini-batch.</summary>
    public long BytesFor(int batch) => batch * (2L + outSize + (keepsOutputs ? (long)outSize * sizeof(float) : 0));

    /// <summary>Makes room for the vectors of a read.</summary>
    public void Begin(ulong step, int vectors)
    {
        if (_isMasked.Length < vectors)
        {
            var capacity = Math.Max(vectors, 2 * _isMasked.Length);
            Array.Resize(ref _isMasked, capacity);
            Array.Resize(ref _isKnown, capacity);
            Array.Resize(ref _mask, capacity * outSize);
            Array.Resize(ref _outputs, keepsOutputs ? capacity * outSize : 0);
        }

        if (step != _step)
        {
            _step = step;
            _isKnown.AsSpan().Clear();
            _isMasked.AsSpan().Clear();
        }
    }

    /// <summary>Whether the training reads of all these vectors of the step were recorded.</summary>
    public bool Holds(ulong step, int first, int count)
    {
        if (step != _step || first + count > _isKnown.Length)
        {
            return false;
        }

        return !_isKnown.AsSpan(first, count).Contains(false);
    }

    /// <summary>Marks the outputs of a vector whose raw magnitude reached the bound (spec forward, section 11).</summary>
    public void KeepMask(int vector, ReadOnlySpan<float> raw)
    {
        _isKnown[vector] = true;
        _isMasked[vector] = outBound > 0 && RowSweep.AbsMax(raw) >= outBound;
        if (_isMasked[vector])
        {
            var mask = _mask.AsSpan(vector * outSize, outSize);
            for (var output = 0; output < outSize; output++)
            {
                mask[output] = MathF.Abs(raw[output]) >= outBound ? (byte)1 : (byte)0;
            }
        }
    }

    /// <summary>Keeps a vector's outputs as they are before the learned scale.</summary>
    public void KeepOutputs(int vector, ReadOnlySpan<float> outputs) => outputs.CopyTo(_outputs.AsSpan(vector * outSize, outSize));

    /// <summary>[count, OutSize] outputs before the learned scale, from vector 0 on.</summary>
    public ReadOnlySpan<float> Outputs(int count) => _outputs.AsSpan(0, count * outSize);

    /// <summary>Whether any of the vectors has a masked output.</summary>
    public bool IsAnyMasked(ulong step, int first, int count) =>
        step == _step && first < _isMasked.Length && _isMasked.AsSpan(first, Math.Min(count, _isMasked.Length - first)).Contains(true);

    /// <summary>Masked outputs of the vectors from 0 on.</summary>
    public long MaskedOutputs(int count)
    {
        var outputs = 0L;
        for (var vector = 0; vector < count; vector++)
        {
            if (_isMasked[vector])
            {
                foreach (var mask in _mask.AsSpan(vector * outSize, outSize))
                {
                    outputs += mask;
                }
            }
        }

        return outputs;
    }

    /// <summary>Zeroes the gradient of masked outputs.</summary>
    public void ApplyMask(int vector, Span<float> d)
    {
        if (vector >= _isMasked.Length || !_isMasked[vector])
        {
            return;
        }

        var mask = _mask.AsSpan(vector * outSize, outSize);
        for (var output = 0; output < outSize; output++)
        {
            d[output] = mask[output] != 0 ? 0 : d[output];
        }
    }
}
