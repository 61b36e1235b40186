using System.Numerics;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// The stochastic pulsed update of one tile. The trains of the whole mini-batch are drawn first; then each row meets them, 512 columns at a time.
/// A cell's result is a function of its own state, its pulses in the order of the samples, and addressed normals; which of the paths below
/// computes it (a whole group of 16 columns, or single cells collected from anywhere) changes no bit. <see cref="UpdateReference"/> is the
/// obvious form.
/// </summary>
/// <remarks>
/// Types Stochastic and StochasticCompressed have the same law per cell and share this code: within one vector pair the direction of a cell is
/// constant, so the interleaving of positive and negative trains cannot be seen.
/// </remarks>
/// <typeparam name="TModel">The device.</typeparam>
internal sealed unsafe partial class PulsedUpdate<TModel> : IUpdateKernel<TModel>
    where TModel : struct, IPulseModel
{
    /// <summary>Single cells are collected by vectors when fewer than this many are touched per touched group of 16.</summary>
    private static int DenseCellsPerGroup => TModel.StepIsConstant ? 4 : 10;

    /// <summary>Lists of pulses that exceed one word are collected cell by cell, which pays only below this many.</summary>
    private const int DenseLongCellsPerGroup = 3;

    private readonly UpdateParameters _update;
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _stride;
    private readonly PulseTrains _trains;
    private readonly RowActivity _activity;
    private readonly SequentialCells<TModel> _sequential;
    private readonly ShortCells<TModel> _short;
    private readonly SummedCells _summed;
    private readonly ScratchBuffer<uint> _gathered = new();
    private readonly ScratchBuffer<uint> _planes = new();
    private readonly ScratchBuffer<uint> _directions = new();
    private readonly NativeBuffer<uint> _touched;
    private readonly NativeBuffer<uint> _drawState = new(PhiloxRow.StateLength + TrainLayout.DrawBlock + Lanes.Count);
    private readonly NativeBuffer<uint> _missed = new(2 * Lanes.Count);
    private readonly NativeBuffer<uint> _lane = new(2 * (Lanes.Count + PulseLockstep.WorkingWords));
    private readonly RandomKey _pulseKey;
    private readonly RandomKey _stateKey;
    private readonly RandomKey _sumKey;

    // State of the update in progress.
    private TModel _model;
    private CellArrays _cells;
    private UpdateAddress _address;
    private uint* _fired;
    private uint* _down;
    private uint* _totalPlanes;
    private uint* _downPlanes;
    private uint* _direction; // the lists of two groups
    private long _directionWords;

    internal PulsedUpdate(UpdateParameters update, int rows, int columns, TileIdentity tile)
    {
        _update = update;
        _rows = rows;
        _columns = columns;
        _stride = Lanes.RoundUp(columns);
        _pulseKey = RandomKey.Derive(tile, RandomStream.PulseNoise, PulseNoiseSite.Weight);
        _stateKey = RandomKey.Derive(tile, RandomStream.PulseNoise, PulseNoiseSite.State);
        _sumKey = RandomKey.Derive(tile, RandomStream.AggregatedPulseNoise, 0);
        _trains = new PulseTrains(update, rows, columns, tile);
        _activity = new RowActivity();
        _sequential = new SequentialCells<TModel>(tile);
        _short = new ShortCells<TModel>(tile);
        _summed = new SummedCells(_sumKey);
        _touched = new NativeBuffer<uint>(_trains.PlaneStride);
    }

    /// <inheritdoc/>
    public long EstimateBytes(int batch)
    {
        var slots = (long)_update.DesiredBl * batch;
        return PulseTrains.EstimateBytes(_update, _rows, _columns, batch)
            + (4 * ((2 * slots * Lanes.Count) + (4 * slots) + (3 * SequentialCells<TModel>.DirectionWords((int)Math.Min(slots, int.MaxValue)))));
    }

    /// <inheritdoc/>
    public void Run(
        TModel model,
        in CellArrays cells,
        UpdateAddress address,
        float learningRate,
        float granularity,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> d,
        int batch,
        WriteNoise? written)
    {
        _trains.Draw(address, learningRate, granularity, x, d, batch);
        if (_trains.SlotCount == 0) return;
        Start(model, cells, address);
        for (var firstRow = 0; firstRow < _rows; firstRow += Lanes.Count)
        {
            _activity.Scan(_trains, firstRow);
            var end = Math.Min(_rows, firstRow + Lanes.Count);
            for (var row = firstRow; row < end; row++)
            {
                var slots = _activity.List(_trains, row, d, _rows);
                if (slots == 0) continue;
                UpdateRow(row, slots);
                if (written is null) continue;
                _summed.Flush();
                _short.Flush();
                _sequential.Flush();
                written.Refresh(row, address.Step, _touched.Pointer, cells.Weights);
            }
        }

        _summed.Flush();
        _short.Flush();
        _sequential.Flush();
    }

    private void Start(TModel model, in CellArrays cells, UpdateAddress address)
    {
        _model = model;
        _cells = cells;
        _address = address;
        var slots = _trains.SlotCount;
        _fired = _gathered.Reserve(2L * slots * Lanes.Count);
        _down = _fired + ((long)slots * Lanes.Count);
        var planes = Math.Max(BitPlaneCounter.PlanesFor(slots), 4) * Lanes.Count;
        _totalPlanes = _planes.Reserve(2 * planes);
        _downPlanes = _totalPlanes + planes;
        _directionWords = SequentialCells<TModel>.DirectionWords(slots);
        _direction = _directions.Reserve(2 * _directionWords);
        _activity.Reserve(_trains);
        _sequential.Start(model, cells, address, slots);
        _short.Start(model, cells, address);
        _summed.Start(cells, model.CycleNoise, address);
        PhiloxRow.Start(_sumKey, new DrawAddress(address.Step, address.Vector, 0), _drawState.Pointer);
    }

    private void UpdateRow(int row, int slots)
    {
        for (var super = 0; super < _trains.PlaneStride; super += Lanes.Count)
        {
            var count = Gather(super, slots, out var touched);
            touched.Store(_touched.Pointer + super);
            if (count == 0) continue;
            var firstColumn = super / Lanes.Count * TrainLayout.ColumnsPerPlane;
            var groups = TouchedGroups((ulong*)(_touched.Pointer + super), out var cellCount);
            if (_cells.UpCount is not null) CountGroups((row * _stride) + firstColumn, groups, count);
            var enough = TModel.StepIsConstant || count <= ShortCells<TModel>.PulsesMax ? DenseCellsPerGroup : DenseLongCellsPerGroup;
            var dense = cellCount >= enough * BitOperations.PopCount(groups);
            if (TModel.StepIsConstant)
            {
                var totalPlanes = BitPlaneCounter.Count(_fired, count, _totalPlanes);
                var downPlanes = BitPlaneCounter.Count(_down, count, _downPlanes);
                if (dense) SumGroups(row, firstColumn, groups, count, totalPlanes, downPlanes);
                else SumCells(row, firstColumn, groups, count, totalPlanes, downPlanes);
            }
            else if (dense)
            {
                PulseGroups(row, firstColumn, groups, count);
            }
            else if (count <= ShortCells<TModel>.PulsesMax)
            {
                _short.Add(row, firstColumn, (row * _stride) + firstColumn, groups, _fired, _down, count);
            }
            else
            {
                PulseCells(row, firstColumn, super, count);
            }
        }
    }

    /// <summary>Copies the planes of the row's active slots side by side, leaving out those without a coincidence in this superblock.</summary>
    private int Gather(int super, int slots, out Vector512<uint> touched)
    {
        var planes = _trains.Planes + super;
        var negatives = _trains.NegativePlanes + super;
        var stride = (long)_trains.PlaneStride;
        var plane = _activity.Plane;
        var sample = _activity.Sample;
        var flip = _activity.Flip;
        var count = 0;
        touched = Vector512<uint>.Zero;
        for (var s = 0; s < slots; s++)
        {
            var fired = Vector512.Load(planes + (plane[s] * stride));
            touched |= fired;
            fired.Store(_fired + (count * Lanes.Count));
            var direction = Vector512.Load(negatives + (sample[s] * stride)) ^ Vector512.Create(flip[s]);
            (fired & direction).Store(_down + (count * Lanes.Count));
            count += fired == Vector512<uint>.Zero ? 0 : 1;
        }

        return count;
    }

    /// <summary>Adds the pulses of some groups to the counts of their cells.</summary>
    private void CountGroups(int index, uint groups, int slots)
    {
        var totalPlanes = BitPlaneCounter.Count(_fired, slots, _totalPlanes);
        var downPlanes = BitPlaneCounter.Count(_down, slots, _downPlanes);
        for (; groups != 0; groups &= groups - 1)
        {
            var group = BitOperations.TrailingZeroCount(groups);
            var at = index + (group * Lanes.Count);
            var total = BitPlaneCounter.Extract(_totalPlanes, totalPlanes, group);
            var downs = BitPlaneCounter.Extract(_downPlanes, downPlanes, group);
            var ups = Vector512.ConvertToSingle((total - downs).AsInt32());
            (Vector512.Load(_cells.UpCount + at) + ups).Store(_cells.UpCount + at);
            (Vector512.Load(_cells.DownCount + at) + Vector512.ConvertToSingle(downs.AsInt32())).Store(_cells.DownCount + at);
        }
    }

    /// <summary>Bit g is set if any of the 16 columns of group g is touched.</summary>
    private static uint TouchedGroups(ulong* touched, out int cells)
    {
        ulong groups = 0;
        cells = 0;
        for (var pair = 0; pair < Lanes.Count / 2; pair++)
        {
            groups |= touched[pair];
            cells += BitOperations.PopCount(touched[pair]);
        }

        return (uint)(groups | (groups >> 32));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trains.Dispose();
        _activity.Dispose();
        _sequential.Dispose();
        _short.Dispose();
        _summed.Dispose();
        _gathered.Dispose();
        _planes.Dispose();
        _directions.Dispose();
        _touched.Dispose();
        _drawState.Dispose();
        _missed.Dispose();
        _lane.Dispose();
    }
}
