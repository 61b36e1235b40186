using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <content>Exact products, for perfect read-outs.</content>
public sealed unsafe partial class MvmPass
{
    /// <summary>
    /// The exact product. Rows that the product can read or write as they lie at the caller are not copied: it reads rows of whole vectors in
    /// the forward direction and any rows in the backward one, and writes the other way around.
    /// </summary>
    private void RunPerfect(WeightMatrix weights, in MvmChunk chunk)
    {
        var isForward = _direction == MvmDirection.Forward;
        var readsInPlace = chunk.XWidth == InSize && (!isForward || InSize == _scratch.InputStride);
        var writesInPlace = _settings.OutScale == 1 && chunk.YWidth == OutSize && (isForward || OutSize == _scratch.OutputStride);
        var inputs = readsInPlace ? chunk.X : _scratch.Input(0);
        var products = writesInPlace ? chunk.Y : _scratch.Product(0);
        var inStride = readsInPlace ? InSize : _scratch.InputStride;
        var outStride = writesInPlace ? OutSize : _scratch.OutputStride;
        for (var vector = 0; vector < chunk.Count && !readsInPlace; vector++)
        {
            InputSweep.CopyAndMeasure(chunk.X + ((nint)vector * chunk.XWidth), chunk.XWidth, _scratch.Input(vector), InSize, _scratch.InputStride);
        }

        _array.Multiply(
            weights.Values,
            weights,
            new ReadOnlySpan<float>(inputs, chunk.Count * inStride),
            inStride,
            new Span<float>(products, chunk.Count * outStride),
            outStride,
            chunk.Count);
        for (var vector = 0; vector < chunk.Count && !writesInPlace; vector++)
        {
            var result = ResultRow(chunk, vector, vector);
            OutputSweep.Perfect(_scratch.Product(vector), _scratch.OutputStride, _settings.OutScale, result);
            Deliver(chunk, vector, result);
        }
    }
}
