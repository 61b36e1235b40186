using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Coordination.Data;

/// <summary>Images of 8-bit pixels with 8-bit labels; a pixel's value is byte / 255, from 0 to 1.</summary>
public sealed class ByteSamples : SampleSet
{
    // 256 correctly rounded quotients: one load instead of a division a pixel.
    private static readonly float[] Scaled = BuildScale();

    private readonly byte[] _pixels; // [index * Features + pixel]
    private readonly byte[] _labels; // [index]

    /// <summary>Takes over pixels and labels that the caller has checked and no longer changes.</summary>
    /// <param name="pixels">[count * features], row-major.</param>
    /// <param name="labels">[count], each below <paramref name="classes"/>.</param>
    /// <param name="features">Pixels of an image.</param>
    /// <param name="classes">Classes.</param>
    public ByteSamples(byte[] pixels, byte[] labels, int features, int classes)
    {
        if (pixels.LongLength != (long)labels.Length * features)
        {
            throw new ArgumentException($"Expected {labels.Length} x {features} pixels, got {pixels.Length}.", nameof(pixels));
        }

        _pixels = pixels;
        _labels = labels;
        Features = features;
        Classes = classes;
    }

    /// <inheritdoc/>
    public override int Count => _labels.Length;

    /// <inheritdoc/>
    public override int Features { get; }

    /// <inheritdoc/>
    public override int Classes { get; }

    /// <inheritdoc/>
    public override void CopyFeatures(int index, Span<float> destination)
    {
        var pixels = Pixels(index);
        var target = destination[..pixels.Length];
        ReadOnlySpan<float> scaled = Scaled;
        for (var i = Avx512F.IsSupported ? CopyWholeVectors(pixels, target) : 0; i < pixels.Length; i++)
        {
            target[i] = scaled[pixels[i]];
        }
    }

    /// <inheritdoc/>
    public override int Label(int index) => _labels[index];

    /// <summary>The stored pixels of an image.</summary>
    public ReadOnlySpan<byte> Pixels(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return _pixels.AsSpan(index * Features, Features);
    }

    /// <summary>
    /// Sixteen pixels at a time; returns how many were written. One correction makes the product with the rounded inverse the correctly rounded
    /// quotient for each of the 256 values, as a test shows, at a third of a division's cost.
    /// </summary>
    private static int CopyWholeVectors(ReadOnlySpan<byte> pixels, Span<float> target)
    {
        ref var source = ref MemoryMarshal.GetReference(pixels);
        ref var destination = ref MemoryMarshal.GetReference(target);
        var inverse = Vector512.Create(1 / 255f);
        var i = 0;
        for (; i + Vector512<float>.Count <= pixels.Length; i += Vector512<float>.Count)
        {
            var values = Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.LoadUnsafe(ref source, (nuint)i)));
            var quotient = values * inverse;
            var remainder = Vector512.FusedMultiplyAdd(-quotient, Vector512.Create(255f), values);
            Vector512.FusedMultiplyAdd(remainder, inverse, quotient).StoreUnsafe(ref destination, (nuint)i);
        }

        return i;
    }

    private static float[] BuildScale()
    {
        var scaled = new float[256];
        for (var value = 0; value < scaled.Length; value++)
        {
            scaled[value] = value / 255f;
        }

        return scaled;
    }
}
