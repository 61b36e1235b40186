using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.Devices;

/// <summary>What tests need of a pulsed array without knowing its device.</summary>
/// <param name="rows">Outputs.</param>
/// <param name="columns">Inputs.</param>
internal abstract class PulsedDeviceArray(int rows, int columns) : PulsedArray(rows, columns)
{
    /// <summary>The stochastic or counted update by <see cref="UpdateReference"/>: same arguments, same bits, very slow.</summary>
    public abstract void UpdateByReference(
        WeightMatrix weights, ulong step, float learningRate, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch, int firstVector = 0);

    /// <summary>A run of vector pairs by <see cref="UpdateReference"/>, as <see cref="PulsedArray.Pulse"/>.</summary>
    public abstract void PulseByReference(WeightMatrix weights, in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch);

    /// <summary>Prepares a second way of writing, such as that of a refresh.</summary>
    public abstract void AddRefresh(UpdateParameters update);

    /// <summary>Writes by the second way.</summary>
    public abstract void Refresh(WeightMatrix weights, in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch);

    /// <summary>Resets one cell where no write noise is active.</summary>
    public abstract void ResetCell(WeightMatrix weights, int row, int column, in DrawAddress at);
}

/// <summary>
/// Single pulsed devices at every cross-point (spec devices, sections 3 to 6). Pulses act on the persistent weights where write noise is active and
/// on the visible ones otherwise.
/// </summary>
/// <typeparam name="TDevice">The parameters.</typeparam>
/// <typeparam name="TModel">The device's answer to a pulse.</typeparam>
internal sealed unsafe partial class PulsedDeviceArray<TDevice, TModel> : PulsedDeviceArray
    where TDevice : PulsedDeviceParameters
    where TModel : struct, IPulseModel, IDeviceFamily<TDevice, TModel>
{
    private readonly TDevice _device;
    private readonly TModel _model;
    private readonly UpdateParameters _update;
    private readonly TileIdentity _tile;
    private readonly HiddenParameters _hidden;
    private readonly WriteNoise? _writeNoise;
    private readonly float _writeNoiseStd;
    private readonly bool _applyWriteNoiseOnSet;

    // Mutable and part of a snapshot: whether hidden parameters were set by the user (1) and the step size in use.
    private readonly float[] _snapshot = new float[2];
    private bool _isHalf;
    private readonly IUpdateKernel<TModel> _kernel;
    private readonly GroupBounds? _groupBounds;
    private IUpdateKernel<TModel>? _refresh;
    private readonly WeightDrift? _drift;
    private readonly PulseCounts? _counts;
    private readonly ScratchBuffer<float> _rowScratch = new();

    /// <summary>Draws the devices.</summary>
    /// <param name="device">Parameters of the family.</param>
    /// <param name="update">Parameters of the update.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <param name="tile">Who draws.</param>
    internal PulsedDeviceArray(TDevice device, UpdateParameters update, int rows, int columns, TileIdentity tile)
        : base(rows, columns)
    {
        _device = device;
        _model = TModel.ModelOf(device);
        _update = update;
        _tile = tile;
        if (device is WriteNoiseDeviceParameters { WriteNoiseStd: > 0 } noisy)
        {
            _writeNoiseStd = noisy.WriteNoiseStd;
            _applyWriteNoiseOnSet = noisy.ApplyWriteNoiseOnSet;
            _writeNoise = new WriteNoise(rows, columns, tile);
        }

        _hidden = new HiddenParameters(rows, columns, _writeNoise is not null, TModel.ExtraNames, TModel.ChangesState);
        _kernel = UpdateKernels.Create<TModel>(update, rows, columns, tile);
        _groupBounds = TModel.StepIsConstant ? new GroupBounds(rows, columns) : null;
        _drift = WeightDrift.For(device.Drift, rows, columns, tile);
        _counts = device.CountPulses ? new PulseCounts(rows, columns) : null;
        Construct();
    }

    /// <inheritdoc/>
    public override float WeightGranularity => TModel.Granularity(_device, _snapshot[1]);

    /// <inheritdoc/>
    public override bool CountsVectors => false;

    /// <inheritdoc/>
    public override float StateCount => (_device.WMax - _device.WMin) / WeightGranularity;

    /// <inheritdoc/>
    public override IReadOnlyList<string> HiddenParameterNames => _hidden.Names;

    /// <inheritdoc/>
    public override long StateBytes => _hidden.Bytes + (_groupBounds?.Bytes ?? 0) + (_drift?.Bytes ?? 0) + (_counts?.Bytes ?? 0);

    private bool UserSet => _snapshot[0] != 0;

    private float StepSize => _snapshot[1];

    /// <inheritdoc/>
    public override void GetHiddenParameter(string name, Span<float> dense)
    {
        var array = _hidden[name];
        if (dense.Length != Rows * Columns)
        {
            throw new ArgumentException($"Hidden parameter '{name}' has {Rows} x {Columns} = {Rows * Columns} values, the target holds {dense.Length}.");
        }

        array.CopyTo(dense);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Where write noise is active the given persistent weights are restored and clipped, and the visible weights stay as they are; aihwkit
    /// overwrites the persistent weights with the visible ones here, so that a saved state cannot be restored (spec devices, section 4).
    /// </remarks>
    public override void SetHiddenParameters(WeightMatrix weights, IReadOnlyList<float[]> values, ulong step)
    {
        RequireShape(weights);
        RequireHidden(values, Rows, Columns);
        for (var p = 0; p < values.Count; p++) _hidden.All[p].CopyFrom(values[p]);
        _snapshot[0] = 1;
        if (_isHalf) _hidden.RoundBounds();
        _groupBounds?.Invalidate();
        EstimateStep();
        fixed (float* visible = weights.Values)
        {
            ClipToBounds(_hidden.Persistent is null ? visible : _hidden.Persistent.Pointer, -1);
        }
    }

    /// <inheritdoc/>
    public override void GetPulseCounts(Span<long> up, Span<long> down)
    {
        if (_counts is null) throw new InvalidOperationException("Pulses are not counted. Set count_pulses: true on the device.");
        if (up.Length != Rows * Columns || down.Length != Rows * Columns)
        {
            throw new ArgumentException($"There are {Rows} x {Columns} = {Rows * Columns} counts of each direction, the targets hold {up.Length} and {down.Length}.");
        }

        _counts.CopyTo(up, down);
    }

    /// <inheritdoc/>
    public override void VisitState(ITileStateVisitor visitor)
    {
        var wasUserSet = UserSet;
        visitor.Visit("hidden.construction", 1, 2, 2, _snapshot);
        if (wasUserSet && !UserSet) Reconstruct();
        foreach (var array in _hidden.All)
        {
            if (UserSet) _ = array.Materialise();
            else if (!_hidden.IsMutable(array)) continue;
            array.Visit(visitor, "hidden." + array.Name);
        }

        if (_isHalf) _hidden.RoundBounds();

        _drift?.VisitState(visitor);
        _counts?.VisitState(visitor);
        _groupBounds?.Invalidate();
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<StateBuffer> KeepHalf()
    {
        _isHalf = true;
        _groupBounds?.Invalidate();
        return _hidden.KeepHalf();
    }

    /// <inheritdoc/>
    public override long ScratchBytes(int batch) => _kernel.EstimateBytes(batch) + (_refresh?.EstimateBytes(Columns) ?? 0) + (_writeNoise?.Bytes ?? 0);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _hidden.Dispose();
        _kernel.Dispose();
        _refresh?.Dispose();
        _rowScratch.Dispose();
        _writeNoise?.Dispose();
        _groupBounds?.Dispose();
        _drift?.Dispose();
        _counts?.Dispose();
    }

    /// <summary>Draws all hidden parameters.</summary>
    private void Construct()
    {
        var construction = new DeviceConstruction(_device, Rows, Columns, _tile);
        construction.Common(_hidden);
        TModel.DrawExtras(_device, construction, _hidden);
        if (_isHalf) _hidden.RoundBounds();
        _groupBounds?.Invalidate();
        _snapshot[0] = 0;
        _snapshot[1] = _device.DwMin;
    }

    /// <summary>Back from user-set hidden parameters to the drawn ones; persistent and hidden weights are state and stay.</summary>
    private void Reconstruct()
    {
        var stepSize = StepSize;
        Construct();
        _snapshot[1] = stepSize;
    }

    /// <summary>
    /// The mean step of the given devices replaces dw_min if it is farther off than twice the relative spread (spec update, section 10).
    /// The mean is a float64 sum over cells in row-major order.
    /// </summary>
    private void EstimateStep()
    {
        double sum = 0;
        var stride = Lanes.RoundUp(Columns);
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns; column++)
            {
                var index = (row * stride) + column;
                sum += (MathF.Abs(_hidden.Up.At(index)) + MathF.Abs(_hidden.Down.At(index))) / 2;
            }
        }

        var estimate = (float)(sum / ((double)Rows * Columns));
        if (MathF.Abs(estimate - StepSize) / StepSize > 2 * _device.DwMinDtod) _snapshot[1] = estimate;
    }

    private CellArrays Cells(float* visible) => new()
    {
        Weights = _hidden.Persistent is null ? visible : _hidden.Persistent.Pointer,
        Maximum = _hidden.Maximum.Pointer,
        Minimum = _hidden.Minimum.Pointer,
        Up = _hidden.Up.Pointer,
        Down = _hidden.Down.Pointer,
        ExtraA = _hidden.Extras.Length > 0 ? _hidden.Extras[0].Pointer : null,
        ExtraB = _hidden.Extras.Length > 1 ? _hidden.Extras[1].Pointer : null,
        ExtraC = _hidden.Extras.Length > 2 ? _hidden.Extras[2].Pointer : null,
        UpCount = _counts is null ? null : _counts.Up,
        DownCount = _counts is null ? null : _counts.Down,
        GroupMaximum = _groupBounds is null ? null : _groupBounds.Maximum(_hidden),
        GroupMinimum = _groupBounds is null ? null : _groupBounds.Minimum(_hidden),
    };
}
