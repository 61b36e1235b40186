using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.Devices;

/// <content>Operations on all devices (spec devices, section 5) and the update.</content>
internal sealed unsafe partial class PulsedDeviceArray<TDevice, TModel>
{
    private enum ResetDraw : uint
    {
        Value = 0,
        Selection = 1,
    }

    /// <inheritdoc/>
    public override void OnSetWeights(WeightMatrix weights, ulong step)
    {
        RequireShape(weights);
        fixed (float* visible = weights.Values)
        {
            ClipToBounds(visible, -1);
            if (_hidden.Persistent is null) return;
            weights.Values.CopyTo(_hidden.Persistent.Values);
            if (_applyWriteNoiseOnSet) Rewrite(visible, WriteCause.Set, step);
        }
    }

    /// <inheritdoc/>
    public override bool PostUpdateStep(WeightMatrix weights, ulong step)
    {
        if (_device.Diffusion > 0) Diffuse(weights, step);
        if (_device.Lifetime > 0) Decay(weights, 1, step);
        return _device.Diffusion > 0 || _device.Lifetime > 0;
    }

    /// <inheritdoc/>
    public override void Decay(WeightMatrix weights, float alpha, ulong step)
    {
        RequireShape(weights);
        fixed (float* visible = weights.Values)
        {
            var cells = Cells(visible);
            for (var i = 0; i < weights.Values.Length; i += Lanes.Count)
            {
                var scale = Vector512.FusedMultiplyAdd(_hidden.DecayScale.Load(i) - Vector512<float>.One, Vector512.Create(alpha), Vector512<float>.One);
                var bias = _hidden.ResetBias.Load(i);
                StoreClipped(cells, i, Vector512.FusedMultiplyAdd(Vector512.Load(cells.Weights + i) - bias, scale, bias));
            }

            Rewrite(visible, WriteCause.Decay, step);
        }
    }

    /// <inheritdoc/>
    public override void Diffuse(WeightMatrix weights, ulong step)
    {
        RequireShape(weights);
        var key = RandomKey.Derive(_tile, RandomStream.Diffusion, 0);
        var at = new DrawAddress(DrawAddress.PackStep(step), 0, 0);
        var stride = weights.Stride;
        var normals = _rowScratch.Reserve(stride);
        fixed (float* visible = weights.Values)
        {
            var cells = Cells(visible);
            for (var row = 0; row < Rows; row++)
            {
                RandomField.Normals(key, at, row, new Span<float>(normals, Columns));
                for (var c = 0; c < stride; c += Lanes.Count)
                {
                    var i = (row * stride) + c;
                    StoreClipped(cells, i, Vector512.FusedMultiplyAdd(_hidden.DiffusionRate.Load(i), Vector512.Load(normals + c), Vector512.Load(cells.Weights + i)));
                }
            }

            Rewrite(visible, WriteCause.Diffusion, step);
        }
    }

    /// <inheritdoc/>
    public override void ResetCell(WeightMatrix weights, int row, int column, in DrawAddress at)
    {
        if (_writeNoise is not null) throw new InvalidOperationException("Single cells of devices with write noise cannot be reset. Set write_noise_std to 0.");
        var i = (row * weights.Stride) + column;
        var normal = RandomField.NormalAt(RandomKey.Derive(_tile, RandomStream.Reset, (uint)ResetDraw.Value), at, row, column);
        var value = MathF.FusedMultiplyAdd(MathF.Max(_device.ResetStd, 0), normal, _hidden.ResetBias.At(i));
        weights.Values[i] = MathF.Max(MathF.Min(value, _hidden.Maximum.At(i)), _hidden.Minimum.At(i));
    }

    /// <inheritdoc/>
    public override void Clear(WeightMatrix weights)
    {
        RequireShape(weights);
        weights.Values.Clear();
        _hidden.Persistent?.Values.Clear();
    }

    /// <inheritdoc/>
    public override void Drift(WeightMatrix weights, float deltaTime, ulong step)
    {
        RequireShape(weights);
        if (_drift is null) return;
        fixed (float* visible = weights.Values)
        {
            var drifting = Cells(visible).Weights;
            _drift.Run(drifting, _hidden.DriftNu, deltaTime, DrawAddress.PackStep(step));
            ClipToBounds(drifting, -1);
            _drift.Remember(drifting);
            Rewrite(visible, WriteCause.Drift, step);
        }
    }

    /// <inheritdoc/>
    public override void ClipWeights(WeightMatrix weights, float limit, ulong step)
    {
        RequireShape(weights);
        fixed (float* visible = weights.Values)
        {
            ClipToBounds(Cells(visible).Weights, limit);
            Rewrite(visible, WriteCause.Clip, step);
        }
    }

    /// <inheritdoc/>
    public override void ResetColumns(WeightMatrix weights, int start, int count, float probability, in DrawAddress at)
    {
        RequireShape(weights);
        var selection = new ColumnSelection(Columns, start, count);
        var valueKey = RandomKey.Derive(_tile, RandomStream.Reset, (uint)ResetDraw.Value);
        var selectionKey = RandomKey.Derive(_tile, RandomStream.Reset, (uint)ResetDraw.Selection);
        var stride = weights.Stride;
        var normals = _rowScratch.Reserve(2 * stride);
        var uniforms = normals + stride;
        fixed (float* visible = weights.Values)
        {
            var cells = Cells(visible);
            for (var row = 0; row < Rows; row++)
            {
                RandomField.Normals(valueKey, at, row, new Span<float>(normals, Columns));
                if (probability < 1) RandomField.Uniforms(selectionKey, at, row, new Span<float>(uniforms, Columns));
                for (var column = 0; column < Columns; column++)
                {
                    if (!selection.Contains(column) || (probability < 1 && uniforms[column] >= probability)) continue;
                    var i = (row * stride) + column;
                    var value = MathF.FusedMultiplyAdd(MathF.Max(_device.ResetStd, 0), normals[column], _hidden.ResetBias.At(i));
                    cells.Weights[i] = MathF.Max(MathF.Min(value, cells.Maximum[i]), cells.Minimum[i]);
                }
            }

            Rewrite(visible, WriteCause.Reset, at);
        }
    }

    /// <inheritdoc/>
    internal override void RememberDrift(WeightMatrix weights)
    {
        fixed (float* visible = weights.Values) _drift?.Remember(Cells(visible).Weights);
    }

    private static void StoreClipped(in CellArrays cells, int index, Vector512<float> value) =>
        Vector512.Max(Vector512.Min(value, Vector512.Load(cells.Maximum + index)), Vector512.Load(cells.Minimum + index)).Store(cells.Weights + index);

    private void ClipToBounds(float* target, float limit)
    {
        var count = Rows * Lanes.RoundUp(Columns);
        for (var i = 0; i < count; i += Lanes.Count)
        {
            var value = Vector512.Load(target + i);
            value = Vector512.Max(Vector512.Min(value, _hidden.Maximum.Load(i)), _hidden.Minimum.Load(i));
            if (limit >= 0) value = Vector512.Max(Vector512.Min(value, Vector512.Create(limit)), Vector512.Create(-limit));
            value.Store(target + i);
        }
    }

    /// <summary>Re-creates all visible weights; without write noise they are the weights themselves.</summary>
    private void Rewrite(float* visible, WriteCause cause, ulong step) => Rewrite(visible, cause, new DrawAddress(DrawAddress.PackStep(step), 0, 0));

    private void Rewrite(float* visible, WriteCause cause, in DrawAddress at)
    {
        if (_writeNoise is null) return;
        _writeNoise.Start(visible, _writeNoiseStd * StepSize);
        _writeNoise.RefreshAll(cause, at, _hidden.Persistent!.Pointer);
    }
}
