using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.UnitCells;

/// <content>Operations on all devices of all arrays; afterwards the sum is shown (spec compounds, section 2).</content>
internal abstract unsafe partial class UnitCellArray
{
    /// <inheritdoc/>
    public override bool PostUpdateStep(WeightMatrix weights, ulong step)
    {
        Remember(weights);
        var hasActed = false;
        for (var k = 0; k < Devices.Length; k++) hasActed |= Devices[k].PostUpdateStep(WeightsOf(k, weights), step);
        if (hasActed) Reduce(weights);
        return hasActed;
    }

    /// <inheritdoc/>
    public override void Decay(WeightMatrix weights, float alpha, ulong step)
    {
        Remember(weights);
        for (var k = 0; k < Devices.Length; k++) Devices[k].Decay(WeightsOf(k, weights), alpha, step);
        Reduce(weights);
    }

    /// <inheritdoc/>
    public override void Diffuse(WeightMatrix weights, ulong step)
    {
        Remember(weights);
        for (var k = 0; k < Devices.Length; k++) Devices[k].Diffuse(WeightsOf(k, weights), step);
        Reduce(weights);
    }

    /// <inheritdoc/>
    public override void Drift(WeightMatrix weights, float deltaTime, ulong step)
    {
        Remember(weights);
        for (var k = 0; k < Devices.Length; k++) Devices[k].Drift(WeightsOf(k, weights), deltaTime, step);
        Reduce(weights);
    }

    /// <inheritdoc/>
    public override void ClipWeights(WeightMatrix weights, float limit, ulong step)
    {
        Remember(weights);
        for (var k = 0; k < Devices.Length; k++) Devices[k].ClipWeights(WeightsOf(k, weights), limit, step);
        Reduce(weights);
    }

    /// <inheritdoc/>
    public override void ResetColumns(WeightMatrix weights, int start, int count, float probability, in DrawAddress at)
    {
        Remember(weights);
        for (var k = 0; k < Devices.Length; k++) Devices[k].ResetColumns(WeightsOf(k, weights), start, count, probability, at);
        Reduce(weights);
    }
}
