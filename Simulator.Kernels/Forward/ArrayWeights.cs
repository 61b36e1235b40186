using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>
/// The weights as a pass sees them: as they are, their magnitudes, and both for the negative pass of devices that are read differently in either
/// direction. Loaded once a call, since a commit may have changed the weights before it.
/// </summary>
internal sealed class ArrayWeights(bool needsMagnitudes) : IDisposable
{
    private NativeBuffer<float> _magnitudes = new(0);
    private NativeBuffer<float> _negative = new(0);
    private NativeBuffer<float> _negativeMagnitudes = new(0);
    private bool _isAsymmetric;

    /// <summary>Bytes for weights of the given number of values.</summary>
    public long BytesFor(long values, bool isAsymmetric) =>
        ((needsMagnitudes ? 1 : 0) + (isAsymmetric ? 1 : 0) + (needsMagnitudes && isAsymmetric ? 1 : 0)) * values * sizeof(float);

    /// <summary>Takes over the weights of a call.</summary>
    /// <param name="weights">The crossbar.</param>
    /// <param name="asymmetries">Factors of the negative pass in the layout of the weights; empty without them.</param>
    public void Load(WeightMatrix weights, ReadOnlySpan<float> asymmetries)
    {
        _isAsymmetric = !asymmetries.IsEmpty;
        if (needsMagnitudes)
        {
            Magnitudes(weights.Values, Need(ref _magnitudes, weights.Values.Length));
        }

        if (_isAsymmetric)
        {
            var negative = Need(ref _negative, weights.Values.Length);
            Multiply(weights.Values, asymmetries, negative);
            if (needsMagnitudes)
            {
                Magnitudes(negative, Need(ref _negativeMagnitudes, negative.Length));
            }
        }
    }

    /// <summary>The weights of a pass.</summary>
    public ReadOnlySpan<float> Values(WeightMatrix weights, bool isNegativePass) => isNegativePass && _isAsymmetric ? _negative.Span : weights.Values;

    /// <summary>Their magnitudes.</summary>
    public ReadOnlySpan<float> Magnitudes(bool isNegativePass) => isNegativePass && _isAsymmetric ? _negativeMagnitudes.Span : _magnitudes.Span;

    /// <inheritdoc/>
    public void Dispose()
    {
        _magnitudes.Dispose();
        _negative.Dispose();
        _negativeMagnitudes.Dispose();
    }

    private static Span<float> Need(ref NativeBuffer<float> buffer, int length)
    {
        if (buffer.Length != length)
        {
            buffer.Dispose();
            buffer = new NativeBuffer<float>(length);
        }

        return buffer.Span;
    }

    private static void Magnitudes(ReadOnlySpan<float> values, Span<float> result)
    {
        var source = MemoryMarshal.Cast<float, Vector512<float>>(values);
        var target = MemoryMarshal.Cast<float, Vector512<float>>(result);
        for (var i = 0; i < source.Length; i++)
        {
            target[i] = Vector512.Abs(source[i]);
        }
    }

    private static void Multiply(ReadOnlySpan<float> values, ReadOnlySpan<float> factors, Span<float> result)
    {
        var source = MemoryMarshal.Cast<float, Vector512<float>>(values);
        var factor = MemoryMarshal.Cast<float, Vector512<float>>(factors);
        var target = MemoryMarshal.Cast<float, Vector512<float>>(result);
        for (var i = 0; i < source.Length; i++)
        {
            target[i] = source[i] * factor[i];
        }
    }
}
