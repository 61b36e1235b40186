using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.Devices;

/// <summary>
/// Devices that pulses move: single ones, or unit cells of several. A unit cell drives the devices it consists of through this class, so that cells
/// nest.
/// </summary>
/// <param name="rows">Outputs.</param>
/// <param name="columns">Inputs.</param>
internal abstract class PulsedArray(int rows, int columns) : DeviceArray
{
    /// <summary>Whether vectors are counted, so that a device may be shown no others than those meant for it.</summary>
    public abstract bool CountsVectors { get; }

    /// <summary>Mean number of states between the bounds.</summary>
    public abstract float StateCount { get; }

    /// <summary>Outputs.</summary>
    protected int Rows => rows;

    /// <summary>Inputs.</summary>
    protected int Columns => columns;

    /// <summary>Sends a run of vector pairs to the devices.</summary>
    /// <param name="weights">What these devices show, changed in place.</param>
    /// <param name="call">Addresses and rates.</param>
    /// <param name="x">[batch, columns].</param>
    /// <param name="d">[batch, rows].</param>
    /// <param name="batch">Vector pairs, 1 or more.</param>
    public abstract void Pulse(WeightMatrix weights, in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch);

    /// <summary>Sets all weights to zero without a trace of what was there: nothing is drawn.</summary>
    public abstract void Clear(WeightMatrix weights);

    /// <summary>Resets columns at an address of the caller's choice; see the overload with a step.</summary>
    public abstract void ResetColumns(WeightMatrix weights, int start, int count, float probability, in DrawAddress at);

    /// <inheritdoc/>
    public override void ResetColumns(WeightMatrix weights, int start, int count, float probability, ulong step) =>
        ResetColumns(weights, start, count, probability, new DrawAddress(DrawAddress.PackStep(step), 0, 0));

    /// <inheritdoc/>
    public override void Update(
        WeightMatrix weights, ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch, int firstVector = 0) =>
        UpdatePart(weights, step, learningRate, x, d, batch, firstVector, batch);

    /// <inheritdoc/>
    internal override void UpdatePart(
        WeightMatrix weights, ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch, int firstVector, int miniBatch)
    {
        UpdateArguments.Check(learningRate, x.Length, d.Length, rows, columns, batch);
        if (learningRate == 0 || batch == 0) return;
        Pulse(weights, Alone(step, firstVector, learningRate, miniBatch), x, d, batch);
    }

    /// <summary>The call of an update that no cell is in between.</summary>
    protected static PulseCall Alone(ulong step, int firstVector, float learningRate, int miniBatch) => new()
    {
        At = new DrawAddress(DrawAddress.PackStep(step), (uint)firstVector, 0),
        TileRate = learningRate,
        Units = miniBatch,
        ChoosesSize = true,
    };

    /// <summary>Refuses weights that are not these devices'.</summary>
    protected void RequireShape(WeightMatrix weights)
    {
        if (weights.Rows != rows || weights.Columns != columns)
        {
            throw new ArgumentException($"The devices are {rows} x {columns}, the weights {weights.Rows} x {weights.Columns}.");
        }
    }
}
