using System.Runtime.CompilerServices;

namespace Tessera.Protocol.Messages;

/// <summary>Zeroed buffers for messages and activations: pinned arrays whose first used value starts a cache line, rows padded to whole vectors.</summary>
public static class AlignedFloats
{
    private const int LineBytes = 64;
    private const int LineFloats = LineBytes / sizeof(float);

    /// <summary>Rows of <paramref name="columns"/> values at a stride that is a multiple of 16; the padding is zero.</summary>
    public static Tensor Padded(int rows, int columns) => Create(rows, columns, (columns + LineFloats - 1) & -LineFloats);

    /// <summary>Rows that follow each other without a gap, as tiles want them.</summary>
    public static Tensor Dense(int rows, int columns) => Create(rows, columns, columns);

    private static unsafe Tensor Create(int rows, int columns, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        var values = GC.AllocateArray<float>(checked((rows * stride) + LineFloats), pinned: true);
        var misaligned = (nuint)Unsafe.AsPointer(ref values[0]) % LineBytes;
        var offset = misaligned == 0 ? 0 : (int)((LineBytes - misaligned) / sizeof(float));
        return new Tensor(values, offset, rows, columns, stride);
    }
}
