using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>
/// Read noise of PCM devices that depends on the mean length of the read pulses (spec forward, section 10). Every device has one draw for all vectors of
/// a mini-batch or a test set; its strength follows the vector: W' = W + slope (W xi) + offset (sign(W) xi / k), k being uS of a weight of 1.
/// </summary>
/// <param name="scale">Factor on the noise.</param>
/// <param name="levelWidth">Width of a DAC level.</param>
internal sealed unsafe class PulseLengthNoise(float scale, float levelWidth) : IDisposable
{
    private const float Log10E = 0.43429448f;

    private NativeBuffer<float> _proportional = new(0); // W xi
    private NativeBuffer<float> _constant = new(0); // sign(W) xi / k
    private NativeBuffer<float> _noisy = new(0); // W'

    public ReadOnlySpan<float> Proportional => _proportional.Span;

    public ReadOnlySpan<float> Constant => _constant.Span;

    /// <summary>Draws the noise of all devices for one pass.</summary>
    /// <param name="weights">The crossbar.</param>
    /// <param name="unit">uS of a weight of 1.</param>
    /// <param name="key">Key of the noise.</param>
    /// <param name="at">Step, pass and round.</param>
    public void Draw(WeightMatrix weights, float unit, RandomKey key, in DrawAddress at)
    {
        Need(weights.Values.Length);
        for (var row = 0; row < weights.Rows; row++)
        {
            var values = weights.Row(row);
            var proportional = _proportional.Span.Slice(row * weights.Stride, weights.Columns);
            var constant = _constant.Span.Slice(row * weights.Stride, weights.Columns);
            RandomField.Normals(key, at, row, constant);
            for (var column = 0; column < values.Length; column++)
            {
                proportional[column] = values[column] * constant[column];
                constant[column] = Constants(values[column], constant[column], unit);
            }
        }
    }

    /// <summary>sign(W) xi / k.</summary>
    public static float Constants(float weight, float normal, float unit) => weight > 0 ? normal / unit : weight < 0 ? -normal / unit : 0;

    /// <summary>Slope and offset for a vector of which the sum of magnitudes is given; zero for a vector of zeros.</summary>
    public (float Slope, float Offset) Strength(float absSum, int inSize)
    {
        var length = absSum / inSize / levelWidth;
        if (!(length > 0))
        {
            return (0, 0);
        }

        var l = ScalarMath.Log(length) * Log10E;
        var slope = Polynomial(l, 0.00021926f, -0.00187352f, 0.00655714f, -0.0146159f, 0.02578764f);
        var offset = Polynomial(l, 1.11906167e-3f, -9.08576764e-3f, 3.07015063e-2f, -6.77079241e-2f, 0.117763144f);
        return (scale * slope, scale * offset);
    }

    /// <summary>The weights as a vector of these strengths sees them.</summary>
    public ReadOnlySpan<float> Noisy(WeightMatrix weights, float slope, float offset)
    {
        var (a, b) = (Vector512.Create(slope), Vector512.Create(offset));
        fixed (float* values = weights.Values)
        {
            for (var i = 0; i < _noisy.Length; i += Lanes.Count)
            {
                var value = Vector512.FusedMultiplyAdd(b, Vector512.Load(_constant.Pointer + i), Vector512.Load(values + i));
                Vector512.FusedMultiplyAdd(a, Vector512.Load(_proportional.Pointer + i), value).Store(_noisy.Pointer + i);
            }
        }

        return _noisy.Span;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _proportional.Dispose();
        _constant.Dispose();
        _noisy.Dispose();
    }

    private static float Polynomial(float x, float c4, float c3, float c2, float c1, float c0)
    {
        var p = MathF.FusedMultiplyAdd(c4, x, c3);
        p = MathF.FusedMultiplyAdd(p, x, c2);
        p = MathF.FusedMultiplyAdd(p, x, c1);
        return MathF.FusedMultiplyAdd(p, x, c0);
    }

    private void Need(int length)
    {
        if (_noisy.Length != length)
        {
            Dispose();
            (_proportional, _constant, _noisy) = (new(length), new(length), new(length));
        }
    }
}
