using Tessera.Kernels.Configuration;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.UnitCells;

/// <summary>
/// The learning rate of the fast array for each vector where it follows the running maxima of x and d (spec compounds, section 7: count rate): the
/// maxima are exponential means that take up every vector before its pulses.
/// </summary>
internal sealed class FastRates(ChoppedTransferCompound compound, int desiredSlots)
{
    // Running maxima of x and d, 0 before the first vector, and the last rate.
    private readonly float[] _state = new float[3];
    private float[] _rates = [];

    /// <summary>Rate of each vector of the update in progress.</summary>
    internal ReadOnlySpan<float> Of(int batch) => _rates.AsSpan(0, batch);

    /// <summary>Rate of one of them.</summary>
    internal float At(int vector) => _rates[vector];

    /// <summary>Takes up the vectors of an update.</summary>
    /// <param name="plainRate">Rate where it does not follow anything.</param>
    /// <param name="tileRate">The tile's learning rate.</param>
    /// <param name="granularity">Granularity of the fast array.</param>
    /// <param name="x">[batch, columns].</param>
    /// <param name="d">[batch, rows].</param>
    /// <param name="batch">Vectors.</param>
    /// <param name="units">Vectors of a mini-batch.</param>
    internal void Measure(float plainRate, float tileRate, float granularity, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch, int units)
    {
        if (_rates.Length < batch) _rates = new float[batch];
        var (columns, rows) = (x.Length / batch, d.Length / batch);
        for (var b = 0; b < batch; b++)
        {
            if (compound.AutoScale)
            {
                Follow(ref _state[0], VectorMaximum.OfMagnitudes(x.Slice(b * columns, columns)), units);
                Follow(ref _state[1], VectorMaximum.OfMagnitudes(d.Slice(b * rows, rows)), units);
            }

            _rates[b] = compound is { AutoScale: true, FastLr: > 0 } ? Scaled(granularity, tileRate) : plainRate;
        }

        _state[2] = _rates[batch - 1];
    }

    /// <summary>Shows the running values.</summary>
    internal void VisitState(ITileStateVisitor visitor) => visitor.Visit("cell.running_maxima_and_rate", 1, 3, 3, _state);

    private float Scaled(float granularity, float tileRate)
    {
        var rate = compound.FastLr * (desiredSlots * granularity);
        if (_state[0] > 0 && _state[1] > 0) rate /= _state[0] * _state[1];
        return compound.ScaleFastLr ? rate * tileRate : rate;
    }

    private void Follow(ref float mean, float value, int units)
    {
        if (mean <= 0)
        {
            mean = value;
        }
        else if (value > 0)
        {
            var share = (1 - compound.AutoMomentum) / units;
            mean = MathF.FusedMultiplyAdd(share, value, (1 - share) * mean);
        }
    }
}
