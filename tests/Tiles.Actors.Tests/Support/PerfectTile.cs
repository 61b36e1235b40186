using Tessera.Kernels.Tiles;

namespace Tessera.Actors.Tests.Support;

/// <summary>
/// A tile without physics: y = W x in double precision, rounded once, plus an optional disturbance that is a function of the read's address, so that
/// a wrong step, phase or vector index shows in the bits. It counts what it was asked.
/// </summary>
public sealed class PerfectTile : ITile
{
    private readonly float[] _weights; // [row * XSize + column]
    private readonly float _disturbance;
    private readonly uint _salt;

    public PerfectTile(TileShape shape, float disturbance = 0f, uint salt = 0)
    {
        Shape = shape;
        _weights = new float[shape.OutSize * shape.XSize];
        _disturbance = disturbance;
        _salt = salt;
    }

    public TileShape Shape { get; }

    public bool NeedsBackward { get; set; }

    public int Commits { get; private set; }

    public int Products { get; private set; }

    public Span<float> Weights => _weights;

    public void Forward(in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch)
    {
        Products++;
        Require(x.Length == batch * Shape.InSize && y.Length == batch * Shape.OutSize);
        for (var b = 0; b < batch; b++)
        {
            for (var i = 0; i < Shape.OutSize; i++)
            {
                var sum = Shape.AnalogBias ? (double)_weights[(i * Shape.XSize) + Shape.InSize] : 0;
                for (var j = 0; j < Shape.InSize; j++)
                {
                    sum += (double)_weights[(i * Shape.XSize) + j] * x[(b * Shape.InSize) + j];
                }

                y[(b * Shape.OutSize) + i] = (float)sum + Disturb(at, b, i, 1);
            }
        }
    }

    public void Backward(in ReadAddress at, ReadOnlySpan<float> d, Span<float> x, int batch)
    {
        Products++;
        Require(d.Length == batch * Shape.OutSize && x.Length == batch * Shape.InSize);
        for (var b = 0; b < batch; b++)
        {
            for (var j = 0; j < Shape.InSize; j++)
            {
                var sum = 0.0;
                for (var i = 0; i < Shape.OutSize; i++)
                {
                    sum += (double)_weights[(i * Shape.XSize) + j] * d[(b * Shape.OutSize) + i];
                }

                x[(b * Shape.InSize) + j] = (float)sum + Disturb(at, b, j, 2);
            }
        }
    }

    public void Commit(ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        Commits++;
        Require(x.Length == batch * Shape.InSize && d.Length == batch * Shape.OutSize);
        for (var i = 0; i < Shape.OutSize; i++)
        {
            for (var j = 0; j < Shape.XSize; j++)
            {
                var sum = 0.0;
                for (var b = 0; b < batch; b++)
                {
                    sum += (double)d[(b * Shape.OutSize) + i] * (j < Shape.InSize ? x[(b * Shape.InSize) + j] : 1f);
                }

                var noise = Disturb(new ReadAddress(ReadPhase.Training, step, 0), i, j, 3);
                _weights[(i * Shape.XSize) + j] -= (float)(learningRate * sum) + noise;
            }
        }
    }

    public void SetWeights(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias)
    {
        for (var i = 0; i < Shape.OutSize; i++)
        {
            weights.Slice(i * Shape.InSize, Shape.InSize).CopyTo(_weights.AsSpan(i * Shape.XSize));
            if (Shape.AnalogBias)
            {
                _weights[(i * Shape.XSize) + Shape.InSize] = bias[i];
            }
        }
    }

    public void VisitState(ITileStateVisitor visitor) => visitor.Visit("weights", Shape.OutSize, Shape.XSize, Shape.XSize, _weights);

    public TileMemory EstimateMemory(int batch) => new(_weights.Length * sizeof(float), 0);

    public void Dispose()
    {
        // Managed memory only.
    }

    private static void Require(bool fits)
    {
        if (!fits)
        {
            throw new ArgumentException("The spans do not have the lengths that batch and shape ask for.");
        }
    }

    private float Disturb(in ReadAddress at, int row, int column, uint site)
    {
        if (_disturbance == 0f)
        {
            return 0f;
        }

        var hash = Mix(Mix(Mix(Mix(_salt + site, (uint)at.Step), (uint)at.Phase), (uint)(at.FirstVector + row)), (uint)column);
        return _disturbance * ((hash / (float)uint.MaxValue) - 0.5f);
    }

    private static uint Mix(uint hash, uint value)
    {
        hash = (hash ^ value) * 0x9E3779B1u;
        return hash ^ (hash >> 15);
    }
}
