using Tessera.Kernels.Configuration;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.Devices;

/// <content>The update, and what unit cells ask of it.</content>
internal sealed unsafe partial class PulsedDeviceArray<TDevice, TModel>
{
    /// <summary>Place of the refresh among the identities of a unit cell's devices.</summary>
    private const int RefreshIdentity = 62;

    /// <inheritdoc/>
    public override void Pulse(WeightMatrix weights, in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch) =>
        Run(_kernel, weights, Pairs(call, x, d, batch));

    /// <inheritdoc/>
    public override void UpdateByReference(
        WeightMatrix weights, ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch, int firstVector = 0)
    {
        UpdateArguments.Check(learningRate, x.Length, d.Length, Rows, Columns, batch);
        if (learningRate == 0 || batch == 0) return;
        PulseByReference(weights, Alone(step, firstVector, learningRate, batch), x, d, batch);
    }

    /// <inheritdoc/>
    public override void PulseByReference(WeightMatrix weights, in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        RequireShape(weights);
        fixed (float* visible = weights.Values)
        {
            var deviation = _writeNoise is null ? 0 : _writeNoiseStd * StepSize;
            UpdateReference.Run(_model, _update, _tile, Cells(visible), Rows, Columns, Pairs(call, x, d, batch), visible, deviation);
        }
    }

    /// <inheritdoc/>
    public override void AddRefresh(UpdateParameters update) =>
        _refresh = UpdateKernels.Create<TModel>(update, Rows, Columns, _tile.OfDevice(RefreshIdentity, sharesTrains: false));

    /// <inheritdoc/>
    public override void Refresh(WeightMatrix weights, in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch) =>
        Run(_refresh!, weights, Pairs(call, x, d, batch));

    private UpdateBatch Pairs(in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch) => new()
    {
        At = call.At,
        NoiseAt = call.At with { Vector = call.At.Vector + call.Part },
        Maxima = call.Maxima,
        LearningRate = call.ChoosesSize ? call.TileRate : call.Rate,
        Rates = call.Rates,
        Granularity = call.ChoosesSize ? WeightGranularity : call.Granularity,
        Side = call.Side,
        X = x,
        D = d,
        Count = batch,
    };

    private void Run(IUpdateKernel<TModel> kernel, WeightMatrix weights, in UpdateBatch pairs)
    {
        RequireShape(weights);
        fixed (float* visible = weights.Values)
        {
            _writeNoise?.Start(visible, _writeNoiseStd * StepSize);
            kernel.Run(_model, Cells(visible), pairs, _writeNoise);
        }
    }
}
