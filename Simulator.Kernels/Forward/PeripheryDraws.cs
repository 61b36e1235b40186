using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Forward;

/// <summary>The draws behind the fixed values of a periphery, by address (spec forward, section 5).</summary>
internal readonly struct PeripheryDraws(IOParameters io, MvmDirection direction, TileIdentity tile)
{
    /// <summary>Row of each quantity in the address of its draw; never reuse one.</summary>
    private const int OutNoiseRow = 0;
    private const int OffsetSignRow = 1;
    private const int OffsetRow = 2;
    private const int NonlinearityRow = 3;

    private static readonly DrawAddress PerOutput = new(0, 0, 0);
    private static readonly DrawAddress PerDevice = new(0, 0, 1);

    private readonly RandomKey _key = RandomKey.Derive(tile, RandomStream.PeripherySpread, MvmCallSite.Of(direction));

    /// <summary>|out_noise (1 + out_noise_std xi)|.</summary>
    public void OutputNoise(Span<float> values)
    {
        values.Fill(io.OutNoise);
        if (io.OutNoiseStd > 0)
        {
            RandomField.Normals(_key, PerOutput, OutNoiseRow, values);
            foreach (ref var value in values)
            {
                value = MathF.Abs(io.OutNoise * MathF.FusedMultiplyAdd(io.OutNoiseStd, value, 1.0f));
            }
        }
    }

    /// <summary>
    /// Half of the outputs have no offset, the others v_offset_std xi of either sign: aihwkit means max(v_offset_std xi, 0), but draws the value anew
    /// once it knows that it is above 0.
    /// </summary>
    public void Offsets(Span<float> values)
    {
        RandomField.Normals(_key, PerOutput, OffsetSignRow, values);
        for (var output = 0; output < values.Length; output++)
        {
            values[output] = values[output] <= 0 ? 0.0f : io.VOffsetStd * RandomField.NormalAt(_key, PerOutput, OffsetRow, output);
        }
    }

    /// <summary>1 + w_read_asymmetry_dtod xi for each device of a row of the crossbar.</summary>
    public void Asymmetries(int row, Span<float> values)
    {
        RandomField.Normals(_key, PerDevice, row, values);
        foreach (ref var value in values)
        {
            value = MathF.FusedMultiplyAdd(io.WReadAsymmetryDtod, value, 1.0f);
        }
    }

    /// <summary>|out_nonlinearity / B (1 + out_nonlinearity_std xi)|, B the output bound.</summary>
    public void Nonlinearities(Span<float> values)
    {
        var strength = io.OutNonlinearity / Bound(io);
        RandomField.Normals(_key, PerOutput, NonlinearityRow, values);
        foreach (ref var value in values)
        {
            value = MathF.Abs(strength * MathF.FusedMultiplyAdd(io.OutNonlinearityStd, value, 1.0f));
        }
    }

    /// <summary>(1 + (mean eta + r_series) slope_calibration B)^2, so that the mean slope at that output is 1; the mean in ascending order.</summary>
    public static float SlopeFactor(IOParameters io, ReadOnlySpan<float> nonlinearities)
    {
        if (io.SlopeCalibration <= 0)
        {
            return 1.0f;
        }

        var sum = 0.0f;
        foreach (var value in nonlinearities)
        {
            sum += value;
        }

        var root = MathF.FusedMultiplyAdd((sum / nonlinearities.Length) + io.RSeries, io.SlopeCalibration * Bound(io), 1.0f);
        return root * root;
    }

    private static float Bound(IOParameters io) => io.OutBound > 0 && float.IsFinite(io.OutBound) ? io.OutBound : 1.0f;
}
