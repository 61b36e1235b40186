namespace Tessera.Kernels.Forward;

/// <summary>
/// The running mean of the inputs' largest magnitudes for noise management AVERAGE_ABS_MAX (spec forward, section 7). Reads record the
/// maximum of each vector under its index in the mini-batch; only a commit changes the mean, so reads stay pure and micro-batches cannot
/// matter. Forward and backward keep a mean each, where aihwkit's CPU engine shares one.
/// </summary>
internal sealed class AbsMaxAverage
{
    /// <summary>Weight of a new mini-batch, aihwkit's <c>nm_decay</c>.</summary>
    private const float Decay = 1e-3f;

    private float[] _maxima = [];
    private int _count;
    private ulong _step;

    /// <summary>The mean as of the last commit, and 1 once there was one (0 before).</summary>
    private readonly float[] _state = [1.0f, 0.0f];

    /// <summary>The scale that reads use: 1 before the first commit.</summary>
    public float Value => _state[0];

    /// <summary>[mean, whether it was ever updated], for snapshots.</summary>
    public Span<float> State => _state;

    /// <summary>Bytes of the record of one mini-batch.</summary>
    public long ScratchBytes => (long)_maxima.Length * sizeof(float);

    /// <summary>Makes room for the vectors of a read, and forgets the record of any other step.</summary>
    public void Begin(ulong step, int vectors)
    {
        if (step != _step)
        {
            _step = step;
            _count = 0;
        }

        if (_maxima.Length < vectors)
        {
            Array.Resize(ref _maxima, Math.Max(vectors, 2 * _maxima.Length));
        }

        // Vectors that are never read, for instance of a skipped sample, count as absent.
        for (; _count < vectors; _count++)
        {
            _maxima[_count] = float.NaN;
        }
    }

    /// <summary>Remembers the maximum of one vector; a repeat overwrites.</summary>
    public void Record(int vector, float absMax) => _maxima[vector] = absMax;

    /// <summary>Folds the mean of the recorded maxima, summed in sample order, into the average; the first one replaces it.</summary>
    public void Commit(ulong step)
    {
        if (step != _step || _count == 0)
        {
            return;
        }

        var sum = 0.0f;
        var present = 0;
        for (var vector = 0; vector < _count; vector++)
        {
            if (!float.IsNaN(_maxima[vector]))
            {
                sum += _maxima[vector];
                present++;
            }
        }

        _count = 0;
        if (present > 0)
        {
            var mean = sum / present;
            _state[0] = _state[1] == 0 ? mean : MathF.FusedMultiplyAdd(Decay, mean, (1.0f - Decay) * _state[0]);
            _state[1] = 1.0f;
        }
    }
}
