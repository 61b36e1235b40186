using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.Devices;

/// <summary>
/// Weights without pulses, bounds or hidden parameters: exact update of the whole mini-batch (spec devices, section 2). It serves the
/// floating-point device, the ideal device, and any device under pulse type None, which keeps its lifetime, diffusion and reset spread only.
/// </summary>
internal sealed unsafe class DigitalDeviceArray : DeviceArray
{
    private readonly int _rows;
    private readonly int _columns;
    private readonly float _diffusion;
    private readonly float _lifetime;
    private readonly float? _resetStd;
    private readonly WeightDrift? _drift;
    private readonly TileIdentity _tile;
    private readonly ScratchBuffer<float> _scratch = new();

    /// <summary>Creates the array.</summary>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <param name="diffusion">Standard deviation of the diffusion per mini-batch.</param>
    /// <param name="lifetime">Lifetime in mini-batches; 1 or less is off.</param>
    /// <param name="resetStd">Standard deviation after a reset; null where a reset does not exist.</param>
    /// <param name="drift">Drift of an explicit call.</param>
    /// <param name="tile">Who draws.</param>
    internal DigitalDeviceArray(
        int rows, int columns, float diffusion, float lifetime, float? resetStd, SimpleDriftParameter drift, TileIdentity tile)
    {
        _drift = WeightDrift.For(drift, rows, columns, tile);
        _rows = rows;
        _columns = columns;
        _diffusion = diffusion;
        _lifetime = lifetime;
        _resetStd = resetStd;
        _tile = tile;
    }

    /// <inheritdoc/>
    public override float WeightGranularity => 0;

    /// <inheritdoc/>
    public override IReadOnlyList<string> HiddenParameterNames => [];

    /// <inheritdoc/>
    public override long StateBytes => _drift?.Bytes ?? 0;

    /// <inheritdoc/>
    public override void GetHiddenParameter(string name, Span<float> dense) =>
        throw new ArgumentException($"There is no hidden parameter '{name}': a digital device has none.");

    /// <inheritdoc/>
    public override void SetHiddenParameters(WeightMatrix weights, IReadOnlyList<float[]> values, ulong step)
    {
        if (values.Count != 0) throw new ArgumentException($"A digital device has no hidden parameters, got {values.Count}.");
    }

    /// <inheritdoc/>
    public override void OnSetWeights(WeightMatrix weights, ulong step)
    {
    }

    /// <inheritdoc/>
    public override void Update(
        WeightMatrix weights, ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch, int firstVector = 0)
    {
        UpdateArguments.Check(learningRate, x.Length, d.Length, _rows, _columns, batch);
        if (learningRate == 0 || batch == 0) return;
        var xStride = Lanes.RoundUp(_columns);
        var dStride = Lanes.RoundUp(_rows);
        var padded = _scratch.Reserve((long)batch * (xStride + dStride));
        var xPadded = PaddedRows.Copy(x, _columns, batch, padded);
        var dPadded = PaddedRows.Copy(d, _rows, batch, padded + ((long)batch * xStride));
        Gemm.RankUpdate(weights.Values, _rows, _columns, weights.Stride, learningRate, xPadded, xStride, dPadded, dStride, batch);
    }

    /// <inheritdoc/>
    public override bool PostUpdateStep(WeightMatrix weights, ulong step)
    {
        if (_diffusion > 0) Diffuse(weights, step);
        if (_lifetime > 0) Decay(weights, 1, step);
        return _diffusion > 0 || _lifetime > 0;
    }

    /// <inheritdoc/>
    public override void Decay(WeightMatrix weights, float alpha, ulong step)
    {
        // A lifetime of 1 or less means no decay here, unlike for pulsed devices.
        var scale = 1 - (alpha * (_lifetime > 1 ? 1 / _lifetime : 0));
        if (scale is <= 0 or >= 1) return;
        var values = weights.Values;
        for (var i = 0; i < values.Length; i++) values[i] *= scale;
    }

    /// <inheritdoc/>
    public override void Diffuse(WeightMatrix weights, ulong step)
    {
        if (_diffusion <= 0) return;
        var key = RandomKey.Derive(_tile, RandomStream.Diffusion, 0);
        var at = new DrawAddress(DrawAddress.PackStep(step), 0, 0);
        var normals = new Span<float>(_scratch.Reserve(_columns), _columns);
        for (var row = 0; row < _rows; row++)
        {
            RandomField.Normals(key, at, row, normals);
            var target = weights.Row(row);
            for (var c = 0; c < target.Length; c++) target[c] = MathF.FusedMultiplyAdd(_diffusion, normals[c], target[c]);
        }
    }

    /// <inheritdoc/>
    public override void ResetColumns(WeightMatrix weights, int start, int count, float probability, ulong step)
    {
        if (_resetStd is not { } deviation)
        {
            throw new InvalidOperationException("A floating-point device cannot be reset. Use IdealDevice or a pulsed device, or set the weights.");
        }

        var selection = new ColumnSelection(_columns, start, count);
        var at = new DrawAddress(DrawAddress.PackStep(step), 0, 0);
        var valueKey = RandomKey.Derive(_tile, RandomStream.Reset, 0);
        var selectionKey = RandomKey.Derive(_tile, RandomStream.Reset, 1);
        for (var row = 0; row < _rows; row++)
        {
            var target = weights.Row(row);
            for (var column = 0; column < _columns; column++)
            {
                if (!selection.Contains(column)) continue;
                if (probability < 1 && RandomField.UniformAt(selectionKey, at, row, column) >= probability) continue;
                target[column] = MathF.Max(deviation, 0) * RandomField.NormalAt(valueKey, at, row, column);
            }
        }
    }

    /// <inheritdoc/>
    public override void ClipWeights(WeightMatrix weights, float limit, ulong step)
    {
        if (!(limit >= 0)) return;
        var values = weights.Values;
        for (var i = 0; i < values.Length; i++) values[i] = MathF.Max(MathF.Min(values[i], limit), -limit);
    }

    /// <inheritdoc/>
    public override void Drift(WeightMatrix weights, float deltaTime, ulong step)
    {
        if (_drift is null) return;
        fixed (float* values = weights.Values)
        {
            _drift.Run(values, null, deltaTime, DrawAddress.PackStep(step));
            _drift.Remember(values);
        }
    }

    /// <inheritdoc/>
    internal override void RememberDrift(WeightMatrix weights)
    {
        fixed (float* values = weights.Values) _drift?.Remember(values);
    }

    /// <inheritdoc/>
    public override void VisitState(ITileStateVisitor visitor) => _drift?.VisitState(visitor);

    /// <inheritdoc/>
    public override long ScratchBytes(int batch) => 4L * batch * (Lanes.RoundUp(_columns) + Lanes.RoundUp(_rows));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _scratch.Dispose();
        _drift?.Dispose();
    }
}
