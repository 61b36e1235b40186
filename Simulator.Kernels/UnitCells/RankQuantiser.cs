using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.UnitCells;

/// <summary>Quantises vectors to some bins on both sides of zero, relative to their largest magnitude (spec compounds, section 9).</summary>
internal sealed class RankQuantiser(int bins, bool stochastic, RandomKey key)
{
    private float[] _values = [];
    private float[] _dither = [];

    /// <summary>Quantises vectors.</summary>
    /// <param name="vectors">[count, length].</param>
    /// <param name="count">Vectors.</param>
    /// <param name="step">Step in the address of the draws.</param>
    /// <param name="firstVector">Index of the first vector within the mini-batch.</param>
    /// <returns>The vectors themselves without bins; otherwise values that are valid until the next call.</returns>
    internal ReadOnlySpan<float> Run(ReadOnlySpan<float> vectors, int count, uint step, uint firstVector)
    {
        if (bins == 0) return vectors;
        if (_values.Length < vectors.Length) _values = new float[vectors.Length];
        var values = _values.AsSpan(0, vectors.Length);
        var length = vectors.Length / count;
        if (_dither.Length != length)
        {
            _dither = new float[length];
            _dither.AsSpan().Fill(0.5f);
        }

        for (var b = 0; b < count; b++)
        {
            if (stochastic) RandomField.Uniforms(key, new DrawAddress(step, firstVector + (uint)b, 0), 0, _dither);
            Quantise(vectors.Slice(b * length, length), values.Slice(b * length, length));
        }

        return values;
    }

    private void Quantise(ReadOnlySpan<float> vector, Span<float> values)
    {
        float half = bins / 2;
        var largest = 0f;
        foreach (var value in vector) largest = MathF.Max(largest, MathF.Abs(value));
        var width = largest > 0 ? largest / half : 1;
        for (var i = 0; i < vector.Length; i++)
        {
            var bin = MathF.Round((vector[i] / width) + (_dither[i] - 0.5f), MidpointRounding.ToEven);
            values[i] = Math.Clamp(bin, -half, half) * width;
        }
    }
}
