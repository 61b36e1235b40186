using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Devices;

/// <summary>
/// What both power-step models share (spec devices, section 6, PowStep): the room to the bound, relative to the range, to the power of the
/// cell's exponent, times the step and its noise. No room counts as the smallest normal number, so that every exponent has a result.
/// </summary>
internal static class PowStepLaw
{
    private const float LeastRoom = 1.17549435e-38f;

    /// <summary>1 / (max - min); 0 where the bounds meet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> InverseRange(Vector512<float> maximum, Vector512<float> minimum)
    {
        var range = maximum - minimum;
        return Vector512.ConditionalSelect(Vector512.GreaterThan(range, Vector512<float>.Zero), Vector512<float>.One / range, Vector512<float>.Zero);
    }

    /// <summary>One cell of the vector form.</summary>
    internal static float InverseRange(float maximum, float minimum) => maximum - minimum > 0 ? 1f / (maximum - minimum) : 0;

    /// <summary>(room / range)^gamma.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Power(Vector512<float> room, Vector512<float> inverseRange, Vector512<float> gamma) =>
        LaneMath.ExpBounded(gamma * LaneMath.LogOfNormal(LaneMath.Larger(room * inverseRange, Vector512.Create(LeastRoom))));

    /// <summary>One cell of the vector form.</summary>
    internal static float Power(float room, float inverseRange, float gamma) =>
        ScalarMath.ExpBounded(gamma * ScalarMath.LogOfNormal(ScalarMath.Larger(room * inverseRange, LeastRoom)));

    /// <summary>Weights after one pulse, bounds applied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Pulse(
        Vector512<float> weight, Vector512<float> down, Vector512<float> normal, float cycleNoise, Vector512<float> inverseRange, in CellLanes cell)
    {
        var room = Vector512.ConditionalSelect(down, weight - cell.Minimum, cell.Maximum - weight);
        var gamma = Vector512.ConditionalSelect(down, cell.ExtraB, cell.ExtraA);
        var size = Vector512.ConditionalSelect(down, -cell.Down, cell.Up);
        var step = Power(room, inverseRange, gamma) * size;
        var next = Vector512.FusedMultiplyAdd(step, Vector512.FusedMultiplyAdd(Vector512.Create(cycleNoise), normal, Vector512<float>.One), weight);
        return LaneMath.Larger(LaneMath.Smaller(next, cell.Maximum), cell.Minimum);
    }

    /// <summary>One cell of the vector form.</summary>
    internal static float Pulse(float weight, bool down, float normal, float cycleNoise, float inverseRange, in CellParameters cell)
    {
        var room = down ? weight - cell.Minimum : cell.Maximum - weight;
        var step = Power(room, inverseRange, down ? cell.ExtraB : cell.ExtraA) * (down ? -cell.Down : cell.Up);
        var next = MathF.FusedMultiplyAdd(step, MathF.FusedMultiplyAdd(cycleNoise, normal, 1f), weight);
        return ScalarMath.Larger(ScalarMath.Smaller(next, cell.Maximum), cell.Minimum);
    }

    /// <summary>Draws the exponents of both directions.</summary>
    internal static unsafe void DrawExponents(
        float mean, float spread, float upDown, float upDownSpread, bool positive, DeviceConstruction construction, HiddenParameters hidden)
    {
        var gammaUp = hidden.Extras[0].Materialise();
        var gammaDown = hidden.Extras[1].Materialise();
        var gains = new float[construction.Columns];
        var asymmetries = new float[construction.Columns];
        for (var row = 0; row < construction.Rows; row++)
        {
            construction.Normals(DeviceConstruction.Quantity.PowGamma, row, gains);
            if (upDownSpread != 0) construction.Normals(DeviceConstruction.Quantity.PowAsymmetry, row, asymmetries);
            for (var column = 0; column < construction.Columns; column++)
            {
                var i = (row * construction.Stride) + column;
                var gain = 1 + (spread * gains[column]);
                var asymmetry = upDownSpread * asymmetries[column];
                var up = (gain + asymmetry + MathF.Min(upDown, 0)) * mean;
                var down = (gain - asymmetry - MathF.Max(upDown, 0)) * mean;
                gammaUp[i] = positive ? MathF.Abs(up) : up;
                gammaDown[i] = positive ? MathF.Abs(down) : down;
            }
        }
    }

    /// <summary>dw_min 0.5^gamma: the step of the mean device in the middle of its range.</summary>
    internal static float Granularity(float stepSize, float gamma) => stepSize * ScalarMath.ExpBounded(gamma * ScalarMath.LogOfNormal(0.5f));
}
