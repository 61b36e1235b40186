using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <content>The crossbar: the product, and what the array does to it (spec forward, section 5).</content>
public sealed partial class MvmReference
{
    /// <summary>[outputs, inputs] weights as this direction sees them; in the negative pass each times the factor of its device.</summary>
    private float[,] Dense(WeightMatrix weights, bool isNegative)
    {
        var isForward = _direction == MvmDirection.Forward;
        var dense = isForward ? new float[weights.Rows, weights.Columns] : new float[weights.Columns, weights.Rows];
        for (var row = 0; row < weights.Rows; row++)
        {
            for (var column = 0; column < weights.Columns; column++)
            {
                var value = weights.Row(row)[column];
                if (isNegative && _io.WReadAsymmetryDtod > 0)
                {
                    var normal = RandomField.NormalAt(_periphery, new DrawAddress(0, 0, 1), row, column);
                    value *= MathF.FusedMultiplyAdd(_io.WReadAsymmetryDtod, normal, 1.0f);
                }

                dense[isForward ? row : column, isForward ? column : row] = value;
            }
        }

        return dense;
    }

    /// <summary>Forward: 16 fma chains over the inputs and a tree. Backward: one fma chain over the inputs.</summary>
    private float[] Product(float[,] weights, ReadOnlySpan<float> x)
    {
        var y = new float[weights.GetLength(0)];
        Span<float> lanes = stackalloc float[Lanes.Count];
        for (var i = 0; i < y.Length; i++)
        {
            lanes.Clear();
            for (var j = 0; j < x.Length; j++)
            {
                var lane = _direction == MvmDirection.Forward ? j % Lanes.Count : 0;
                lanes[lane] = MathF.FusedMultiplyAdd(weights[i, j], x[j], lanes[lane]);
            }

            y[i] = _direction == MvmDirection.Forward ? LaneFold.Sum(lanes) : lanes[0];
        }

        return y;
    }

    /// <summary>One analog pass: product, IR drop, offsets and series resistance, weight noise.</summary>
    private float[] Read(in MvmKeys keys, in DrawAddress at, WeightMatrix weights, float[] input, int pass, bool isNegative)
    {
        var values = Dense(weights, isNegative);
        var y = Product(values, input);
        if (_array.HasIrDrop)
        {
            AddIrDrop(values, input, y);
        }

        if (_array.HasOffsets)
        {
            AddOffsets(input, y);
        }

        if (_array.WeightNoiseType != WeightNoiseType.None)
        {
            AddWeightNoise(keys, at, values, input, y, pass);
        }

        return y;
    }

    private void AddIrDrop(float[,] weights, float[] input, float[] y)
    {
        var tilted = new float[input.Length];
        for (var j = 0; j < input.Length; j++)
        {
            var distance = 1.0f - (j / (float)input.Length);
            tilted[j] = input[j] * MathF.FusedMultiplyAdd(-distance, distance, 1.0f);
        }

        var loads = Product(Magnitudes(weights), Array.ConvertAll(input, MathF.Abs));
        var corrections = Product(weights, tilted);
        for (var i = 0; i < y.Length; i++)
        {
            var a = input.Length / _io.IrDropGRatio * loads[i];
            var c = a * MathF.FusedMultiplyAdd(a, MathF.FusedMultiplyAdd(a, 0.05f, -0.2f), 0.5f);
            y[i] = MathF.FusedMultiplyAdd(-_io.IrDrop * c, corrections[i], y[i]);
        }
    }

    private void AddOffsets(float[] input, float[] y)
    {
        Span<float> lanes = stackalloc float[Lanes.Count];
        lanes.Clear();
        for (var j = 0; j < input.Length; j++)
        {
            lanes[j % Lanes.Count] += input[j];
        }

        var reference = -_io.VOffsetWMin * LaneFold.Sum(lanes);
        for (var i = 0; i < y.Length; i++)
        {
            var o = _offsets[i];
            y[i] = (_io.VOffsetWMin == 0, _io.RSeries > 0) switch
            {
                (true, false) => (1 - o) * y[i],
                (true, true) => (1 - o) * Attenuated(y[i]),
                (false, false) => ((1 - o) * y[i]) - ((o + o) * reference),
                (false, true) => ((1 - o) * Attenuated(y[i] + reference)) - ((1 + o) * Attenuated(reference)),
            };
        }
    }

    private float Attenuated(float current) => current / (1.0f + (_io.RSeries * MathF.Abs(current)));

    private void AddWeightNoise(in MvmKeys keys, in DrawAddress at, float[,] weights, float[] input, float[] y, int pass)
    {
        Span<float> lanes = stackalloc float[Lanes.Count];
        lanes.Clear();
        for (var j = 0; j < input.Length; j++)
        {
            lanes[j % Lanes.Count] = MathF.FusedMultiplyAdd(input[j], input[j], lanes[j % Lanes.Count]);
        }

        var norm = MathF.Sqrt(LaneFold.Sum(lanes));
        var variances = Product(Magnitudes(weights), Array.ConvertAll(input, value => value * value));
        for (var i = 0; i < y.Length; i++)
        {
            var deviation = _array.WeightNoise * (_array.WeightNoiseType == WeightNoiseType.PCMRead ? MathF.Sqrt(variances[i]) : norm);
            y[i] = MathF.FusedMultiplyAdd(deviation, RandomField.NormalAt(keys.WeightNoise, at, pass, i), y[i]);
        }
    }

    private static float[,] Magnitudes(float[,] weights)
    {
        var result = (float[,])weights.Clone();
        for (var i = 0; i < result.GetLength(0); i++)
        {
            for (var j = 0; j < result.GetLength(1); j++)
            {
                result[i, j] = MathF.Abs(result[i, j]);
            }
        }

        return result;
    }
}
