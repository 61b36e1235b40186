using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.UnitCells;

/// <summary>
/// Tiki-Taka with a digital buffer in front of each array but the first: readings are added up, and whole pulses leave (spec compounds, section 6).
/// </summary>
internal sealed class BufferedCellArray : TransferCellArray
{
    private readonly BufferedTransferCompound _compound;
    private readonly WeightMatrix[] _buffers;
    private readonly string[] _names;

    internal BufferedCellArray(BufferedTransferCompound compound, PulsedArray[] devices, float[] gamma, int rows, int columns, TileIdentity tile)
        : base(compound, devices, gamma, rows, columns, tile)
    {
        _compound = compound;
        _names = [.. Enumerable.Range(0, devices.Length - 1).Select(k => $"buffered_FP_weight_{k}")];
        _buffers = [.. _names.Select(_ => new WeightMatrix(rows, columns))];
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> BufferNames => _names;

    /// <inheritdoc/>
    protected override WeightMatrix Buffer(int index) => _buffers[index];

    /// <inheritdoc/>
    protected override void Transfer(int from, int to, int start, int count, in TransferEvent happened)
    {
        var rate = MathF.Abs(VisibleTransferRate(from, happened.Call.TileRate));
        if (rate == 0 || to == from) return;
        var values = Read(from, start, count, happened);
        var granularity = Devices[to].WeightGranularity;
        var pulsed = false;
        for (var n = 0; n < count; n++)
        {
            pulsed |= Exchange(_buffers[from], (start + n) % Shape.InSize, values.Slice(n * Shape.OutSize, Shape.OutSize), rate, granularity);
        }

        if (pulsed) Write(to, start, count, values, _compound.Step * granularity, 1, happened);
    }

    /// <summary>Adds a reading to the buffer, and replaces it by the pulses that leave, as a gradient.</summary>
    /// <returns>Whether any leaves.</returns>
    private bool Exchange(WeightMatrix buffer, int slice, Span<float> values, float rate, float granularity)
    {
        float longest = _compound.TransferUpdate.DesiredBl;
        var threshold = _compound.ThresScale * granularity;
        var kept = 1 - Math.Clamp(_compound.Momentum, 0, 1);
        var sums = buffer.Values;
        var pulsed = false;
        for (var cell = 0; cell < values.Length; cell++)
        {
            ref var held = ref sums[Shape.Index(slice, cell, buffer.Stride)];
            var sum = MathF.FusedMultiplyAdd(values[cell], rate, held);
            var pulses = Math.Clamp(MathF.Truncate(sum / threshold), -longest, longest);
            held = pulses == 0 ? sum : _compound.ForgetBuffer ? sum * _compound.Momentum : MathF.FusedMultiplyAdd(-kept * pulses, threshold, sum);
            values[cell] = -pulses;
            pulsed |= pulses != 0;
        }

        return pulsed;
    }
}
