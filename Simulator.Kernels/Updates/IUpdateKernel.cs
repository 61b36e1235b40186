using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>One way to turn vector pairs into weight changes of pulsed devices. It owns its working memory, sized for the largest batch seen.</summary>
/// <typeparam name="TModel">The device.</typeparam>
internal interface IUpdateKernel<TModel> : IDisposable
    where TModel : struct, IPulseModel
{
    /// <summary>Runs the update on the arrays.</summary>
    /// <param name="model">The device.</param>
    /// <param name="cells">The tile's arrays.</param>
    /// <param name="address">Where the draws begin.</param>
    /// <param name="learningRate">Above 0.</param>
    /// <param name="granularity">Mean weight change of a pulse.</param>
    /// <param name="x">[batch, columns].</param>
    /// <param name="d">[batch, rows].</param>
    /// <param name="batch">Vectors, 1 or more.</param>
    /// <param name="written">Draws the write noise of touched cells; null without write noise.</param>
    void Run(
        TModel model,
        in CellArrays cells,
        UpdateAddress address,
        float learningRate,
        float granularity,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> d,
        int batch,
        WriteNoise? written);

    /// <summary>Bytes of working memory for a mini-batch with trains of the desired length.</summary>
    long EstimateBytes(int batch);
}

/// <summary>Chooses the kernel of a pulse type.</summary>
internal static class UpdateKernels
{
    internal static IUpdateKernel<TModel> Create<TModel>(UpdateParameters update, int rows, int columns, TileIdentity tile)
        where TModel : struct, IPulseModel => update.PulseType switch
        {
            PulseType.StochasticCompressed or PulseType.Stochastic => new PulsedUpdate<TModel>(update, rows, columns, tile),
            PulseType.MeanCount or PulseType.DeterministicImplicit => new CountedUpdate<TModel>(update, rows, columns, tile),
            PulseType.NoneWithDevice => new ExactUpdate<TModel>(rows, columns),
            _ => throw new NotSupportedException($"Pulse type {update.PulseType} leaves no pulsed devices."),
        };
}
