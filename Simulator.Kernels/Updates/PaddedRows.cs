using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>Copies dense rows to rows of a multiple of 16 with zero padding.</summary>
internal static unsafe class PaddedRows
{
    /// <summary>Copies [batch, length] to [batch, stride] at <paramref name="target"/>.</summary>
    internal static Span<float> Copy(ReadOnlySpan<float> dense, int length, int batch, float* target)
    {
        var stride = Lanes.RoundUp(length);
        var padded = new Span<float>(target, batch * stride);
        for (var b = 0; b < batch; b++)
        {
            dense.Slice(b * length, length).CopyTo(padded[(b * stride)..]);
            padded.Slice((b * stride) + length, stride - length).Clear();
        }

        return padded;
    }
}
