using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>
/// The obvious form of every pulsed update: cell by cell, vector by vector, slot by slot, with scalar arithmetic and one random number at a time
/// from the same addresses. The vector forms equal it bit for bit.
/// </summary>
internal static unsafe class UpdateReference
{
    /// <summary>Runs the update on the arrays; the arguments are those of <see cref="IUpdateKernel{TModel}.Run"/>.</summary>
    /// <param name="visible">Visible weights, written where write noise is active.</param>
    /// <param name="writeDeviation">Standard deviation of the write noise, 0 if inactive.</param>
    internal static void Run<TModel>(
        TModel model,
        UpdateParameters update,
        TileIdentity tile,
        in CellArrays cells,
        int rows,
        int columns,
        UpdateAddress address,
        float learningRate,
        float granularity,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> d,
        int batch,
        float* visible,
        float writeDeviation)
        where TModel : struct, IPulseModel
    {
        var trains = new ReferenceTrains(update, tile, rows, columns, address, learningRate, granularity, x, d, batch);
        var writeKey = RandomKey.Derive(tile, RandomStream.WriteNoise, (uint)WriteCause.Update);
        var stride = Lanes.RoundUp(columns);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var index = (row * stride) + column;
                var directions = trains.Directions(row, column);
                if (directions.Count == 0) continue;
                cells.Count(index, directions.Count(down => !down), directions.Count(down => down));
                var cell = cells.At<TModel>(index);
                cells.Weights[index] = Pulse(model, tile, ref cell, address, row, column, cells.Weights[index], directions);
                if (TModel.ChangesState) cells.ExtraC[index] = cell.ExtraC;
                if (writeDeviation > 0)
                {
                    var normal = RandomField.NormalAt(writeKey, new DrawAddress(address.Step, 0, 0), row, column);
                    visible[index] = MathF.FusedMultiplyAdd(normal, writeDeviation, cells.Weights[index]);
                }
            }
        }
    }

    /// <summary>One cell: in one sum if the device allows it and no bound is in reach, otherwise pulse by pulse.</summary>
    internal static float Pulse<TModel>(
        TModel model, TileIdentity tile, ref CellParameters cell, UpdateAddress address, int row, int column, float weight, List<bool> directions)
        where TModel : struct, IPulseModel
    {
        var sigma = model.CycleNoise;
        float downs = directions.Count(down => down);
        float ups = directions.Count(down => !down);
        if (TModel.StepIsConstant && PulseSum.Fits(
            weight, cell.Up, cell.Down, cell.Maximum, cell.Minimum, ups, downs, PulseSum.Farthest(sigma), PulseSum.Backward(sigma)))
        {
            var key = RandomKey.Derive(tile, RandomStream.AggregatedPulseNoise, 0);
            var normal = sigma > 0 ? RandomField.NormalAt(key, new DrawAddress(address.Step, address.Vector, 0), row, column) : 0;
            return PulseSum.Apply(weight, cell.Up, cell.Down, ups, downs, sigma, normal);
        }

        model.Prepare(ref cell);
        for (var e = 0; e < directions.Count; e++)
        {
            if (TModel.ChangesState) cell.Derived = model.StateNoise > 0 ? PulseNormal(tile, PulseNoiseSite.State, address, row, column, (uint)e) : 0;
            weight = model.Pulse(weight, directions[e], sigma > 0 ? PulseNormal(tile, PulseNoiseSite.Weight, address, row, column, (uint)e) : 0, ref cell);
        }

        return weight;
    }

    /// <summary>The normal of pulse <paramref name="pulse"/> of a cell.</summary>
    private static float PulseNormal(TileIdentity tile, uint site, UpdateAddress address, int row, int column, uint pulse)
    {
        PhiloxReference.Block(
            RandomKey.Derive(tile, RandomStream.PulseNoise, site),
            (uint)row << 16 | ((uint)column & 0xFFFF),
            (uint)(column >> 16) << 30 | (pulse / 4),
            address.Vector,
            address.Step,
            out var w0,
            out var w1,
            out var w2,
            out var w3);
        return NormalReference.FromWord((pulse % 4) switch { 0 => w0, 1 => w1, 2 => w2, _ => w3 });
    }
}
