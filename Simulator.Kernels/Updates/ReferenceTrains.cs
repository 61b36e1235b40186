using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>Pulse trains (or counts) of a mini-batch in their obvious form: one boolean a slot, one number a count.</summary>
internal sealed class ReferenceTrains
{
    private readonly UpdateParameters _update;
    private readonly int[] _slots;
    private readonly bool[][][] _xFires; // [vector][column][slot]
    private readonly bool[][][] _dFires; // [vector][row][slot]
    private readonly float[][] _x; // [vector][column]: values, signed counts for MeanCount, signed fractions for DeterministicImplicit
    private readonly float[][] _d; // [vector][row]: values, signed fractions for MeanCount, those times the slots for DeterministicImplicit

    internal ReferenceTrains(
        UpdateParameters update,
        TileIdentity tile,
        int rows,
        int columns,
        UpdateAddress address,
        float learningRate,
        float granularity,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> d,
        int batch)
    {
        _update = update;
        _slots = new int[batch];
        _xFires = new bool[batch][][];
        _dFires = new bool[batch][][];
        _x = new float[batch][];
        _d = new float[batch][];
        for (var b = 0; b < batch; b++)
        {
            _x[b] = x.Slice(b * columns, columns).ToArray();
            _d[b] = d.Slice(b * rows, rows).ToArray();
            var scales = BitLineScales.Choose(update, learningRate, granularity, _x[b].Max(MathF.Abs), _d[b].Max(MathF.Abs));
            _slots[b] = scales.Slots;
            var xDither = Dithers(tile, RandomStream.PulseRoundingX, address, b, columns);
            var dDither = Dithers(tile, RandomStream.PulseRoundingD, address, b, rows);
            if (update.PulseType == PulseType.MeanCount)
            {
                _x[b] = Counts(_x[b], scales.XScale, scales.Slots, xDither);
                _d[b] = [.. Counts(_d[b], scales.DScale, scales.Slots, dDither).Select(c => scales.Slots == 0 ? 0 : c / scales.Slots)];
                continue;
            }

            if (update.PulseType == PulseType.DeterministicImplicit)
            {
                _x[b] = Fractions(_x[b], scales.XScale, update.XResImplicit, xDither);
                _d[b] = [.. Fractions(_d[b], scales.DScale, update.DResImplicit, dDither).Select(fraction => fraction * scales.Slots)];
                continue;
            }

            _xFires[b] = Fires(tile, RandomStream.PulseTrainX, address, b, _x[b], scales.XScale, scales.Slots, xDither);
            _dFires[b] = Fires(tile, RandomStream.PulseTrainD, address, b, _d[b], scales.DScale, scales.Slots, dDither);
        }
    }

    /// <summary>The pulses of a cell in order; true is a down pulse.</summary>
    internal List<bool> Directions(int row, int column)
    {
        var directions = new List<bool>();
        for (var b = 0; b < _slots.Length; b++)
        {
            if (_update.PulseType is PulseType.MeanCount or PulseType.DeterministicImplicit)
            {
                var pulses = (int)MathF.Round(_d[b][row] * _x[b][column], MidpointRounding.ToEven);
                for (var n = 0; n < Math.Abs(pulses); n++) directions.Add(pulses > 0);
                continue;
            }

            var down = _d[b][row] > 0 == _x[b][column] > 0;
            for (var k = 0; k < _slots[b]; k++)
            {
                if (_dFires[b][row][k] && _xFires[b][column][k]) directions.Add(down);
            }
        }

        return directions;
    }

    private float[] Dithers(TileIdentity tile, RandomStream stream, UpdateAddress address, int vector, int length)
    {
        var dithers = new float[length];
        var key = RandomKey.Derive(tile, stream, 0);
        for (var i = 0; i < length; i++)
        {
            dithers[i] = _update.StoRound ? RandomField.UniformAt(key, new DrawAddress(address.Step, address.Vector + (uint)vector, 0), 0, i) : 0.5f;
        }

        return dithers;
    }

    private bool[][] Fires(TileIdentity tile, RandomStream stream, UpdateAddress address, int vector, float[] values, float scale, int slots, float[] dither)
    {
        var key = RandomKey.Derive(tile, stream, 0);
        var fires = new bool[values.Length][];
        for (var i = 0; i < values.Length; i++)
        {
            fires[i] = new bool[slots];
            if (values[i] == 0) continue;
            var words = PulseProbability.FiringWords(PulseProbability.Quantise(MathF.Abs(values[i]), scale, _update.Res, dither[i]));
            for (var k = 0; k < slots; k++)
            {
                fires[i][k] = RandomField.WordAt(key, new DrawAddress(address.Step, address.Vector + (uint)vector, (uint)k), 0, i) < words;
            }
        }

        return fires;
    }

    private static float[] Fractions(float[] values, float scale, float resolution, float[] dither)
    {
        var fractions = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var quantised = PulseProbability.Quantise(MathF.Abs(values[i]), scale, resolution, dither[i]);
            fractions[i] = MathF.CopySign(Math.Clamp(quantised, 0, 1), values[i]);
        }

        return fractions;
    }

    private float[] Counts(float[] values, float scale, int slots, float[] dither)
    {
        var counts = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var rounded = MathF.Round(slots * PulseProbability.Quantise(MathF.Abs(values[i]), scale, _update.Res, dither[i]), MidpointRounding.ToEven);
            counts[i] = MathF.CopySign(Math.Clamp(rounded, 0, slots), values[i]);
        }

        return counts;
    }
}
