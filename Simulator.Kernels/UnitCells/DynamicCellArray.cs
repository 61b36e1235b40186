using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.UnitCells;

/// <summary>
/// Chopped arrays whose readings count from the mean reading of the phase before (AGAD; spec compounds, section 8), so that the fast array's resting
/// point drops out. Nothing is written during the first phase.
/// </summary>
internal sealed class DynamicCellArray : ChoppedCellArray
{
    private readonly DynamicTransferCompound _compound;
    private readonly WeightMatrix[] _arrays; // buffer, running mean, mean of the phase before
    private readonly float[] _switched;

    internal DynamicCellArray(
        DynamicTransferCompound compound, UpdateParameters update, PulsedArray[] devices, float[] gamma, int rows, int columns, TileIdentity tile)
        : base(compound, update, devices, gamma, rows, columns, tile)
    {
        _compound = compound;
        _arrays = [base.Buffer(0), new WeightMatrix(rows, columns), new WeightMatrix(rows, columns)];
        _switched = new float[Shape.InSize];
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> BufferNames { get; } = ["buffered_FP_weight", "running_mean_weight", "past_mean_weight"];

    /// <inheritdoc/>
    public override void VisitState(ITileStateVisitor visitor)
    {
        base.VisitState(visitor);
        visitor.Visit("cell.in_chopper_switched", 1, _switched.Length, _switched.Length, _switched);
    }

    /// <inheritdoc/>
    protected override WeightMatrix Buffer(int index) => _arrays[index];

    /// <inheritdoc/>
    protected override bool Exchange(int slice, Span<float> values, float scale)
    {
        var length = PhaseLength;
        var newest = MathF.Min(_compound.TailWeightening / length, 1);
        var cap = _compound.TransferUpdate.DesiredBl * _compound.BufferCap;
        if (_compound.ExperimentalCorrectAccumulation) scale /= MathF.Min(Sample, 1 / Devices[0].WeightGranularity);
        var begins = _switched[slice] != 0;
        var sign = Choppers.In[slice];
        _switched[slice] = 0;
        var buffer = _arrays[0].Values;
        var means = _arrays[1].Values;
        var references = _arrays[2].Values;
        var across = Choppers.Out;
        var pulsed = false;
        for (var cell = 0; cell < values.Length; cell++)
        {
            var index = Shape.Index(slice, cell, _arrays[0].Stride);
            ref var held = ref buffer[index];
            ref var mean = ref means[index];
            ref var reference = ref references[index];
            if (begins) reference = mean;
            var value = values[cell];
            held = MathF.FusedMultiplyAdd((value - reference) * (sign * across[cell]), scale, held);
            values[cell] = -Leave(ref held, cap);
            pulsed |= values[cell] != 0;
            mean = MathF.FusedMultiplyAdd(mean, 1 - newest, value * newest);
        }

        return pulsed && Passes > length;
    }

    /// <inheritdoc/>
    protected override void SwitchIn(int slice, in DrawAddress at)
    {
        var flips = Sample == PhaseLength || (_compound.InChopRandom && Choppers.Asks(slice, _compound.InChopProb, at));
        if (!flips) return;
        Choppers.Flip(slice);
        _switched[slice] = 1;
    }

    /// <summary>aihwkit's CPU engine never flips these here.</summary>
    protected override void SwitchOut(in DrawAddress at)
    {
    }

    /// <summary>Number of the reading within its phase, from 1.</summary>
    private long Sample => (Passes % PhaseLength) + 1;
}
