using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Forward;

/// <summary>Which effects of the array itself a pass has, and their constants (spec forward, section 5). Immutable.</summary>
internal sealed class ArraySettings
{
    public ArraySettings(IOParameters io, int inSize)
    {
        if (io.IsPerfect || io.MvType == AnalogMVType.Ideal)
        {
            return;
        }

        HasIrDrop = io.IrDrop > 0 && io is not IOParametersIRDropT;
        IrDrop = io.IrDrop;
        IrDropLoad = inSize / io.IrDropGRatio;
        HasOffsets = io.VOffsetStd > 0 || io.RSeries > 0;
        SeriesResistance = io.RSeries;
        OffsetWMin = io.VOffsetWMin;
        IsNonlinear = io.OutNonlinearity > 0 || io.RSeries > 0;
        WeightNoise = io.WNoise;
        WeightNoiseType = io.WNoise > 0 ? io.WNoiseType : WeightNoiseType.None;
    }

    /// <summary>Static IR drop; the time-dependent one is a read-out of its own.</summary>
    public bool HasIrDrop { get; }

    public float IrDrop { get; }

    /// <summary>n / ir_drop_g_ratio: wire load of a unit of |W| |x|.</summary>
    public float IrDropLoad { get; }

    /// <summary>Voltage offsets, series resistance or both.</summary>
    public bool HasOffsets { get; }

    /// <summary>Series resistance relative to the total output current; 0 is none.</summary>
    public float SeriesResistance { get; }

    /// <summary>Implicit reference weight.</summary>
    public float OffsetWMin { get; }

    /// <summary>Whether the outputs go through the S-curve and its calibration factor, which series resistance switches on as well.</summary>
    public bool IsNonlinear { get; }

    public float WeightNoise { get; }

    public WeightNoiseType WeightNoiseType { get; }

    /// <summary>Whether an effect needs the magnitudes of the weights.</summary>
    public bool NeedsMagnitudes => HasIrDrop || WeightNoiseType == WeightNoiseType.PCMRead;

    /// <summary>1 - (1 - j / n)^2: what IR drop takes from input j of n, of which input 0 is the farthest from the output.</summary>
    public static float Position(int input, int inSize)
    {
        var distance = 1.0f - (input / (float)inSize);
        return MathF.FusedMultiplyAdd(-distance, distance, 1.0f);
    }
}
