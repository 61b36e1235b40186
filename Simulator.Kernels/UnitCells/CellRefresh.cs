using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.UnitCells;

/// <summary>
/// Reads all columns of both devices of one-sided cells, resets the pairs of which one is near saturation and the other has come far too, and writes
/// their difference to the larger one (spec compounds, section 4).
/// </summary>
internal sealed class CellRefresh : IDisposable
{
    private readonly PulsedDeviceArray _minus;
    private readonly PulsedDeviceArray _plus;
    private readonly SliceReader _minusReader;
    private readonly SliceReader _plusReader;
    private readonly CountedValue _refreshed = new("cell.refreshed");
    private readonly float _upper;
    private readonly float _lower;
    private readonly int _rows;
    private readonly int _columns;
    private float[] _minusValues = []; // [column, row]
    private float[] _plusValues = [];
    private float[] _oneHot = [];

    /// <summary>Prepares refreshes.</summary>
    /// <param name="cell">Parameters.</param>
    /// <param name="minus">Device 0.</param>
    /// <param name="plus">Device 1.</param>
    /// <param name="limit">Magnitude of w_max of the parameters, which thresholds are fractions of.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <param name="tile">Who draws.</param>
    internal CellRefresh(OneSidedUnitCell cell, PulsedDeviceArray minus, PulsedDeviceArray plus, float limit, int rows, int columns, TileIdentity tile)
    {
        _minus = minus;
        _plus = plus;
        _rows = rows;
        _columns = columns;
        _upper = cell.RefreshUpperThres * limit;
        _lower = cell.RefreshLowerThres * limit;
        minus.AddRefresh(cell.RefreshUpdate);
        plus.AddRefresh(cell.RefreshUpdate);
        var shape = SliceShape.Of(columns: true, rows, columns);
        _minusReader = new SliceReader(cell.RefreshForward, shape, rows, columns, tile.OfDevice(0, sharesTrains: false));
        _plusReader = new SliceReader(cell.RefreshForward, shape, rows, columns, tile.OfDevice(1, sharesTrains: false));
    }

    /// <summary>Bytes of scratch.</summary>
    internal long ScratchBytes => _minusReader.ScratchBytes(_columns) + _plusReader.ScratchBytes(_columns) + (4L * _columns * _columns);

    /// <summary>Runs a refresh.</summary>
    /// <param name="minusWeights">Device 0.</param>
    /// <param name="plusWeights">Device 1.</param>
    /// <param name="at">Step, and the vector that the refresh follows.</param>
    internal void Run(WeightMatrix minusWeights, WeightMatrix plusWeights, in DrawAddress at)
    {
        var first = EventAddress.Of(at.Vector, _columns);
        _minusValues = _minusValues.Length == 0 ? new float[_columns * _rows] : _minusValues;
        _plusValues = _plusValues.Length == 0 ? new float[_columns * _rows] : _plusValues;
        _minusReader.Read(minusWeights, at.Step, first, 0, _columns, _minusValues);
        _plusReader.Read(plusWeights, at.Step, first, 0, _columns, _plusValues);
        _minusReader.Commit(at.Step);
        _plusReader.Commit(at.Step);
        var (minusPairs, plusPairs) = Select(minusWeights, plusWeights, at with { Event = 1 });
        if (minusPairs + plusPairs == 0) return;
        _refreshed.Value += minusPairs + plusPairs;
        var call = new PulseCall { At = at with { Vector = first, Event = 1 }, TileRate = 1, Units = 1, ChoosesSize = true };
        if (_oneHot.Length == 0)
        {
            _oneHot = new float[_columns * _columns];
            for (var column = 0; column < _columns; column++) _oneHot[(column * _columns) + column] = 1;
        }

        if (plusPairs > 0) _plus.Refresh(plusWeights, call, _oneHot, _plusValues, _columns);
        if (minusPairs > 0) _minus.Refresh(minusWeights, call, _oneHot, _minusValues, _columns);
    }

    /// <summary>Shows the running values.</summary>
    internal void VisitState(ITileStateVisitor visitor)
    {
        _refreshed.VisitState(visitor);
        _minusReader.VisitState(new DeviceStateVisitor(visitor, "device_0.refresh_"));
        _plusReader.VisitState(new DeviceStateVisitor(visitor, "device_1.refresh_"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _minusReader.Dispose();
        _plusReader.Dispose();
    }

    /// <summary>Resets the pairs that need it, and turns the readings into gradients that write their differences back.</summary>
    private (int Minus, int Plus) Select(WeightMatrix minusWeights, WeightMatrix plusWeights, in DrawAddress at)
    {
        var minusPairs = 0;
        var plusPairs = 0;
        for (var i = 0; i < _plusValues.Length; i++)
        {
            var (p, q) = (_plusValues[i], _minusValues[i]);
            _plusValues[i] = _minusValues[i] = 0;
            var plusIsLarger = p > q;
            if (plusIsLarger ? !(p > _upper && q > _lower) : !(p > _lower && q > _upper)) continue;
            _minus.ResetCell(minusWeights, i % _rows, i / _rows, at);
            _plus.ResetCell(plusWeights, i % _rows, i / _rows, at);
            if (plusIsLarger)
            {
                _plusValues[i] = q - p;
                plusPairs++;
            }
            else
            {
                _minusValues[i] = p - q;
                minusPairs++;
            }
        }

        return (minusPairs, plusPairs);
    }
}
