using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Devices;

/// <summary>
/// All devices of one tile: it owns the hidden parameters and is the only code that changes the tile's weights. Single devices, unit cells and
/// compounds are implementations; nothing inside a pulse loop is virtual.
/// </summary>
public abstract class DeviceArray : IDisposable
{
    /// <summary>Mean weight change of one pulse, the g of the pulse formulas (spec update, section 10). 0 for devices that are not pulsed.</summary>
    public abstract float WeightGranularity { get; }

    /// <summary>Names of the hidden parameters, in aihwkit's order (spec devices, section 4).</summary>
    public abstract IReadOnlyList<string> HiddenParameterNames { get; }

    /// <summary>Copies one hidden parameter to a dense [rows, columns] array.</summary>
    /// <exception cref="ArgumentException">Unknown name or wrong length.</exception>
    public abstract void GetHiddenParameter(string name, Span<float> dense);

    /// <summary>
    /// Which device of a unit cell with one learning device is at work, and gets the weights that are set (spec compounds, section 2). Elsewhere 0, and
    /// setting it does nothing.
    /// </summary>
    public virtual int HiddenUpdateIndex
    {
        get => 0;
        set { }
    }

    /// <summary>Replaces all hidden parameters, then applies the bounds to the weights and re-estimates the granularity (spec update, section 10).</summary>
    /// <param name="values">[parameter][row * columns + column] in the order of <see cref="HiddenParameterNames"/>.</param>
    public abstract void SetHiddenParameters(WeightMatrix weights, IReadOnlyList<float[]> values, ulong step);

    /// <summary>Copies how many pulses of each direction every device has received to dense [rows, columns] arrays.</summary>
    /// <exception cref="InvalidOperationException">Pulses are not counted: <c>count_pulses</c> is off, or there are no pulses.</exception>
    public virtual void GetPulseCounts(Span<long> up, Span<long> down) =>
        throw new InvalidOperationException("A digital device receives no pulses that could be counted.");

    /// <summary>What happens after weights were set from outside: bounds, write noise.</summary>
    public abstract void OnSetWeights(WeightMatrix weights, ulong step);

    /// <summary>Pulsed or exact update over a whole mini-batch: on average W -= learningRate * sum_b d_b x_b^T.</summary>
    /// <param name="weights">The tile's weights, changed in place.</param>
    /// <param name="step">Mini-batch counter, part of every address.</param>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="x">[batch, columns] forward inputs.</param>
    /// <param name="d">[batch, rows] gradients.</param>
    /// <param name="batch">Vectors.</param>
    /// <param name="firstVector">Index, within the mini-batch, of the first vector; above 0 where a mini-batch is applied in parts. Default 0.</param>
    public abstract void Update(
        WeightMatrix weights, ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch, int firstVector = 0);

    /// <summary>Diffusion, then decay, as far as configured (spec update, section 12).</summary>
    /// <returns>Whether there was anything to do.</returns>
    public abstract bool PostUpdateStep(WeightMatrix weights, ulong step);

    /// <summary>Decay towards the reset bias by alpha times the devices' rates (spec devices, section 5).</summary>
    public abstract void Decay(WeightMatrix weights, float alpha, ulong step);

    /// <summary>Random walk of every device (spec devices, section 5).</summary>
    public abstract void Diffuse(WeightMatrix weights, ulong step);

    /// <summary>Resets columns start .. start + count - 1, wrapping around; a negative count means all (spec devices, section 5).</summary>
    public abstract void ResetColumns(WeightMatrix weights, int start, int count, float probability, ulong step);

    /// <summary>Clips to the device bounds and, for limit >= 0, to +- limit.</summary>
    public abstract void ClipWeights(WeightMatrix weights, float limit, ulong step);

    /// <summary>Lets the weights drift for a time; nothing happens where no drift is configured (spec devices, section 9).</summary>
    /// <param name="weights">The tile's weights, changed in place.</param>
    /// <param name="deltaTime">Time since the last call, in units of <c>drift.t_0</c>; 0 or more.</param>
    /// <param name="step">Step in the address of the draws.</param>
    public abstract void Drift(WeightMatrix weights, float deltaTime, ulong step);

    /// <summary>Names every mutable hidden array (persistent weights, user-set hidden parameters) for snapshots.</summary>
    public abstract void VisitState(ITileStateVisitor visitor);

    /// <summary>Bytes of hidden state.</summary>
    public abstract long StateBytes { get; }

    /// <summary>Bytes of working buffers for a mini-batch.</summary>
    public abstract long ScratchBytes(int batch);

    /// <summary>Keeps the hidden arrays that training changes in 16 bits from now on; they are open at first.</summary>
    /// <returns>These arrays, as large as the weights.</returns>
    internal virtual IReadOnlyList<StateBuffer> KeepHalf() => [];

    /// <summary>A part of the update of a mini-batch, for devices that count mini-batches.</summary>
    /// <param name="weights">The tile's weights, changed in place.</param>
    /// <param name="step">Mini-batch counter, part of every address.</param>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="x">[batch, columns] forward inputs.</param>
    /// <param name="d">[batch, rows] gradients.</param>
    /// <param name="batch">Vectors of the part.</param>
    /// <param name="firstVector">Index, within the mini-batch, of the first vector.</param>
    /// <param name="miniBatch">Vectors of the mini-batch.</param>
    internal virtual void UpdatePart(
        WeightMatrix weights, ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch, int firstVector, int miniBatch) =>
        Update(weights, step, learningRate, x, d, batch, firstVector);

    /// <summary>Shows, where the weights are a sum, the sum of the arrays as they are now that they were rounded.</summary>
    internal virtual void OnRounded(WeightMatrix weights)
    {
    }

    /// <summary>Takes note, after a drift, that its weights were rounded.</summary>
    internal virtual void RememberDrift(WeightMatrix weights)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Refuses values that are not those of all hidden parameters.</summary>
    protected void RequireHidden(IReadOnlyList<float[]> values, int rows, int columns)
    {
        var names = HiddenParameterNames;
        if (values.Count != names.Count)
        {
            throw new ArgumentException($"Expected {names.Count} hidden parameters ({string.Join(", ", names)}), got {values.Count}.");
        }

        for (var p = 0; p < values.Count; p++)
        {
            if (values[p].Length == rows * columns) continue;
            throw new ArgumentException($"Hidden parameter '{names[p]}' has {rows} x {columns} = {rows * columns} values, got {values[p].Length}.");
        }
    }

    /// <summary>Releases native memory.</summary>
    protected abstract void Dispose(bool disposing);
}
