using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <content>Rounds of bound management, and the way from input to DAC.</content>
public sealed unsafe partial class MvmPass
{
    private void RunAnalog(WeightMatrix weights, in MvmChunk chunk)
    {
        var pending = _scratch.Vectors;
        for (var vector = 0; vector < chunk.Count; vector++)
        {
            pending[vector] = vector;
        }

        var count = chunk.Count;
        for (var round = 0; count > 0; round++)
        {
            var live = 0;
            for (var i = 0; i < count; i++)
            {
                if (Prepare(chunk, pending[i], live, round))
                {
                    pending[live++] = pending[i];
                }
            }

            count = 0;
            if (live > 0)
            {
                count = _plan.IsDigitalSum ? ReadPhases(weights, chunk, live, round) : ReadOnce(weights, chunk, live, round);
            }
        }
    }

    /// <summary>Steps 1 to 3: false if the vector has no scale, in which case its output is exactly zero.</summary>
    private bool Prepare(in MvmChunk chunk, int vector, int slot, int round)
    {
        var row = _scratch.Input(slot);
        var stride = _scratch.InputStride;
        var absMax = InputSweep.CopyAndMeasure(chunk.X + ((nint)vector * chunk.XWidth), chunk.XWidth, row, InSize, stride);
        if (chunk.Records && round == 0)
        {
            _average.Record(chunk.FirstVector + vector, absMax);
        }

        var type = InputScale.TypeOfRound(_settings, round);
        var extremes = InputScale.NeedsSums(type)
            ? InputSweep.Measure(row, InSize, stride, absMax)
            : new InputExtremes(absMax, absMax, 0, 0);
        var alpha = InputScale.Alpha(_settings, type, extremes, _average.Value);
        if (alpha <= 0 && _settings.ZeroWithoutScale)
        {
            new Span<float>(chunk.Y + ((nint)vector * chunk.YWidth), chunk.YWidth).Clear();
            return false;
        }

        var scale = InputScale.Total(type, alpha, InputScale.ReductionOfRound(_settings, round));
        _scratch.Scales[slot] = scale;
        var dither = _scratch.InputDither;
        var normals = _scratch.InputNormals;
        if (dither is null && normals is null)
        {
            InputSweep.Convert(_settings, scale, row, stride);
            return true;
        }

        var at = chunk.Address(vector, round);
        if (dither is not null)
        {
            RandomField.Uniforms(chunk.Keys.InputRounding, at, 0, new Span<float>(dither, InSize));
        }

        if (normals is not null)
        {
            RandomField.Normals(chunk.Keys.InputNoise, at, 0, new Span<float>(normals, InSize));
        }

        InputSweep.ConvertWithNoise(_settings, scale, row, InSize, stride, dither, normals);
        return true;
    }
}
