using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.UnitCells;

/// <summary>
/// Two devices that take up pulses only: device 0 those that lower the weight, device 1 those that raise it; W = W_1 - W_0 (spec compounds, section 4).
/// Pairs in which both devices have come far are reset and written anew from time to time.
/// </summary>
internal sealed class OneSidedCellArray : UnitCellArray
{
    private const int Minus = 0;
    private const int Plus = 1;
    private static readonly float[] Weights = [-1, 1];
    private readonly OneSidedUnitCell _cell;
    private readonly CellRefresh? _refresh;

    internal OneSidedCellArray(OneSidedUnitCell cell, PulsedDeviceArray[] devices, float limit, int rows, int columns, TileIdentity tile)
        : base(devices, Weights, lastIsVisible: false, rows, columns)
    {
        _cell = cell;
        if (cell.CopyInverted) Invert(devices[Minus], devices[Plus]);
        if (cell.RefreshEvery > 0) _refresh = new CellRefresh(cell, devices[Minus], devices[Plus], limit, rows, columns, tile);
    }

    /// <inheritdoc/>
    public override void Pulse(WeightMatrix weights, in PulseCall given, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int batch)
    {
        Remember(weights);
        var call = given.ChoosesSize ? given.Sized(given.TileRate, [], WeightGranularity) : given;
        var every = (long)_cell.RefreshEvery * (_cell.UnitsInMbatch ? given.Units : 1);
        for (var first = 0; first < batch;)
        {
            var count = every > 0 ? (int)Math.Min(batch - first, every - (UpdateCount % every)) : batch - first;
            Drive(weights, call.Segment(first, count), x.Slice(first * Columns, count * Columns), d.Slice(first * Rows, count * Rows), count);
            first += count;
            UpdateCount += count;
            if (every > 0 && UpdateCount % every == 0)
            {
                _refresh!.Run(WeightsOf(Minus, weights), WeightsOf(Plus, weights), given.At with { Vector = checked(given.At.Vector + (uint)first - 1) });
            }
        }

        Reduce(weights);
    }

    /// <inheritdoc/>
    public override void OnSetWeights(WeightMatrix weights, ulong step)
    {
        Remember(weights);
        ResetCounters();
        var source = weights.Values;
        var minus = WeightsOf(Minus, weights);
        var plus = WeightsOf(Plus, weights);
        for (var i = 0; i < source.Length; i++)
        {
            plus.Values[i] = MathF.Max(source[i], 0);
            minus.Values[i] = MathF.Max(-source[i], 0);
        }

        Devices[Minus].OnSetWeights(minus, step);
        Devices[Plus].OnSetWeights(plus, step);
        Reduce(weights);
    }

    /// <inheritdoc/>
    public override void VisitState(ITileStateVisitor visitor)
    {
        base.VisitState(visitor);
        _refresh?.VisitState(visitor);
    }

    /// <inheritdoc/>
    public override long ScratchBytes(int batch) => base.ScratchBytes(batch) + (_refresh?.ScratchBytes ?? 0);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _refresh?.Dispose();
    }

    /// <summary>Each device takes its share of the coincidences; a share of a share is one direction's or nothing.</summary>
    private void Drive(WeightMatrix weights, in PulseCall call, ReadOnlySpan<float> x, ReadOnlySpan<float> d, int count)
    {
        if (call.Side == PulseSide.Both) Devices[Minus].Pulse(WeightsOf(Minus, weights), call.On(PulseSide.DownAsUp), x, d, count);
        Devices[Plus].Pulse(WeightsOf(Plus, weights), call.Side == PulseSide.Both ? call.On(PulseSide.UpAsUp) : call, x, d, count);
    }

    /// <summary>Exchanges the up and the down side of a device (spec devices, section 5); slopes come from the other device.</summary>
    private void Invert(PulsedDeviceArray from, PulsedDeviceArray to)
    {
        var source = Values(from);
        var own = Values(to);
        Exchange(own, "dwmin_up", "dwmin_down");
        Exchange(own, "gamma_up", "gamma_down");
        Exchange(own, "max_bound", "min_bound");
        foreach (var name in (string[])["max_bound", "min_bound", "reference"])
        {
            if (own.TryGetValue(name, out var values)) Negate(values);
        }

        if (own.ContainsKey("slope_up"))
        {
            own["slope_down"] = source["slope_up"];
            own["slope_up"] = source["slope_down"];
            Negate(own["slope_down"]);
            Negate(own["slope_up"]);
        }

        using var zero = new WeightMatrix(Rows, Columns);
        to.SetHiddenParameters(zero, [.. to.HiddenParameterNames.Select(name => own[name])], 0);
    }

    private Dictionary<string, float[]> Values(PulsedDeviceArray devices)
    {
        Dictionary<string, float[]> values = [];
        foreach (var name in devices.HiddenParameterNames)
        {
            values[name] = new float[Rows * Columns];
            devices.GetHiddenParameter(name, values[name]);
        }

        return values;
    }

    private static void Exchange(Dictionary<string, float[]> values, string a, string b)
    {
        if (values.ContainsKey(a)) (values[a], values[b]) = (values[b], values[a]);
    }

    private static void Negate(float[] values)
    {
        foreach (ref var value in values.AsSpan()) value = -value;
    }
}
