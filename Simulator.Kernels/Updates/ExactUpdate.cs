using System.Runtime.Intrinsics;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// Pulse type NoneWithDevice: after each vector pair in turn w = clip(w - lr d x) to the device's bounds (spec update, section 3). The
/// persistent weights move where write noise is active. aihwkit moves the visible ones there and then re-creates them from the persistent ones,
/// so that nothing is learned.
/// </summary>
internal sealed unsafe class ExactUpdate<TModel> : IUpdateKernel<TModel>
    where TModel : struct, IPulseModel
{
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _stride;
    private readonly ScratchBuffer<float> _padded = new();

    internal ExactUpdate(int rows, int columns)
    {
        _rows = rows;
        _columns = columns;
        _stride = Lanes.RoundUp(columns);
    }

    /// <inheritdoc/>
    public void Run(
        TModel model,
        in CellArrays cells,
        UpdateAddress address,
        float learningRate,
        float granularity,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> d,
        int batch,
        WriteNoise? written)
    {
        var padded = _padded.Reserve((long)batch * _stride);
        _ = PaddedRows.Copy(x, _columns, batch, padded);
        for (var row = 0; row < _rows; row++)
        {
            for (var b = 0; b < batch; b++)
            {
                var factor = -(learningRate * d[(b * _rows) + row]);
                if (factor != 0) AddClipped(cells, row * _stride, _stride, padded + ((long)b * _stride), factor);
            }
        }

        written?.RefreshAll(WriteCause.Update, address.Step, cells.Weights);
    }

    /// <inheritdoc/>
    public long EstimateBytes(int batch) => 4L * batch * _stride;

    /// <inheritdoc/>
    public void Dispose() => _padded.Dispose();

    private static void AddClipped(in CellArrays cells, int index, int stride, float* x, float factor)
    {
        for (var c = 0; c < stride; c += Lanes.Count)
        {
            var weights = cells.Weights + index + c;
            var next = Vector512.FusedMultiplyAdd(Vector512.Create(factor), Vector512.Load(x + c), Vector512.Load(weights));
            next = Vector512.Min(next, Vector512.Load(cells.Maximum + index + c));
            Vector512.Max(next, Vector512.Load(cells.Minimum + index + c)).Store(weights);
        }
    }
}
