using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <content>The analog passes of a round and the way through the ADC. Each returns how many vectors clipped and go on, closed up in the scratch.</content>
public sealed unsafe partial class MvmPass
{
    /// <summary>One pass, or two that are added before the ADC: the negative inputs, then the positive ones.</summary>
    private int ReadOnce(WeightMatrix weights, in MvmChunk chunk, int live, int round)
    {
        if (_plan.IsAnalogSum)
        {
            for (var pass = 0; pass < _plan.Phases.Length; pass++)
            {
                var sums = pass == 0 ? _scratch.Product(0) : _scratch.Total(0);
                SelectParts(pass, live);
                _array.Read(
                    weights, _scratch.Part(0), sums, _scratch.Vectors, live, chunk.PassAddress(round, pass), _plan.Phases[pass].IsNegative);
            }

            ArraySweep.Add(_scratch.Total(0), live * _scratch.OutputStride, _scratch.Product(0));
        }
        else
        {
            _array.Read(weights, _scratch.Input(0), _scratch.Product(0), _scratch.Vectors, live, chunk.PassAddress(round, 0));
        }

        var isLast = InputScale.IsLastRound(_settings, round);
        var count = 0;
        for (var slot = 0; slot < live; slot++)
        {
            var vector = _scratch.Vectors[slot];
            var factor = _settings.OutScale / _scratch.Scales[slot];
            var result = ResultRow(chunk, vector, slot);
            var clipped = Convert(chunk, chunk.Address(vector, round), isLast, _scratch.Product(slot), 0, factor, result);
            Deliver(chunk, vector, result);
            if (clipped && !isLast)
            {
                _scratch.Vectors[count++] = vector;
            }
        }

        return count;
    }

    /// <summary>Several passes, each through the ADC, whose results are added with their weights.</summary>
    private int ReadPhases(WeightMatrix weights, in MvmChunk chunk, int live, int round)
    {
        var isLast = InputScale.IsLastRound(_settings, round);
        new Span<byte>(_scratch.Clipped, live).Clear();
        new Span<float>(_scratch.Total(0), live * _scratch.OutputStride).Clear();
        for (var pass = 0; pass < _plan.Phases.Length; pass++)
        {
            SelectParts(pass, live);
            if (_timeResolved is null)
            {
                _array.Read(
                    weights,
                    _scratch.Part(0),
                    _scratch.Product(0),
                    _scratch.Vectors,
                    live,
                    chunk.PassAddress(round, pass),
                    _plan.Phases[pass].IsNegative);
            }
            else
            {
                _timeResolved.Read(weights, _scratch.Part(0), _scratch.Product(0), live, chunk, round, pass);
            }

            for (var slot = 0; slot < live; slot++)
            {
                var product = _scratch.Product(slot);
                var clipped = Convert(chunk, chunk.Address(_scratch.Vectors[slot], round), isLast, product, pass, 1.0f, product);
                _scratch.Clipped[slot] |= clipped ? (byte)1 : (byte)0;
                OutputSweep.Accumulate(_plan.Phases[pass].Weight, product, _scratch.OutputStride, _scratch.Total(slot));
            }
        }

        var count = 0;
        for (var slot = 0; slot < live; slot++)
        {
            var vector = _scratch.Vectors[slot];
            var total = _scratch.Total(slot);
            OutputSweep.Perfect(total, _scratch.OutputStride, _settings.OutScale / _scratch.Scales[slot], total);
            Deliver(chunk, vector, total);
            if (_scratch.Clipped[slot] != 0 && !isLast)
            {
                _scratch.Vectors[count++] = vector;
            }
        }

        return count;
    }

    private void SelectParts(int pass, int live)
    {
        for (var slot = 0; slot < live; slot++)
        {
            InputParts.Select(_plan, _plan.Phases[pass], _scratch.Input(slot), _scratch.InputStride, _scratch.Part(slot));
        }
    }

    /// <summary>From the array to the digital side: non-linearity, asymmetry, noise, ADC, clip and scale; true if the vector clipped.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="at">Address of the vector and round.</param>
    /// <param name="isLast">Whether the vector is accepted as it is.</param>
    /// <param name="product">[stride] analog sums, overwritten.</param>
    /// <param name="row">Number of the pass: the row of the addresses.</param>
    /// <param name="factor">What the result is multiplied by.</param>
    /// <param name="result">[stride] destination; may be <paramref name="product"/>.</param>
    private bool Convert(in MvmChunk chunk, in DrawAddress at, bool isLast, float* product, int row, float factor, float* result)
    {
        if (_isNonlinear)
        {
            ArraySweep.Nonlinearity(_periphery.SlopeFactor, _periphery.Nonlinearities, product, _scratch.OutputStride);
        }

        var dither = _scratch.OutputDither;
        if (dither is not null)
        {
            RandomField.Uniforms(chunk.Keys.OutputRounding, at, row, new Span<float>(dither, OutSize));
        }

        if (!_settings.TestNegativeBound && !isLast)
        {
            ReadOut(new AdcConstants(_settings, float.PositiveInfinity, 1.0f), product, dither, chunk.Keys.OutputNoise, at, row, result);
            return OutputSweep.ClipByLastHit(_settings.OutputBound, factor, result, OutSize);
        }

        var largest = ReadOut(
            new AdcConstants(_settings, _settings.OutputBound, factor), product, dither, chunk.Keys.OutputNoise, at, row, result);
        return largest > _settings.OutputBound;
    }

    private float ReadOut(in AdcConstants adc, float* product, float* dither, RandomKey key, in DrawAddress at, int row, float* result) =>
        _periphery.HasOutputNoise
            ? OutputSweep.WithNoise(adc, product, _scratch.OutputStride, _periphery.OutputNoise, dither, key, at, row, result)
            : OutputSweep.WithoutNoise(adc, product, _scratch.OutputStride, dither, result);

    /// <summary>Whole rows are written in place at the caller; rows with a tail go through scratch.</summary>
    private float* ResultRow(in MvmChunk chunk, int vector, int slot) =>
        chunk.YWidth == _scratch.OutputStride ? chunk.Y + ((nint)vector * chunk.YWidth) : _scratch.Product(slot);

    private static void Deliver(in MvmChunk chunk, int vector, float* result)
    {
        var destination = chunk.Y + ((nint)vector * chunk.YWidth);
        if (result != destination)
        {
            new ReadOnlySpan<float>(result, chunk.YWidth).CopyTo(new Span<float>(destination, chunk.YWidth));
        }
    }
}
