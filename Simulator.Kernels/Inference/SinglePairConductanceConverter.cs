namespace Tessera.Kernels.Inference;

/// <summary>
/// Maps a weight to the conductances of a pair of devices, one for either sign, in uS (spec inference, section 5): the largest weight takes the
/// whole range.
/// </summary>
/// <param name="GMax">Largest conductance, in uS. aihwkit's default is 25.</param>
/// <param name="GMin">Smallest conductance, in uS. aihwkit's default is 0.</param>
public readonly record struct SinglePairConductanceConverter(float GMax, float GMin)
{
    private const float SmallestWeight = 1e-7f;

    /// <summary>The converter of aihwkit's noise models: 25 and 0 uS.</summary>
    public static SinglePairConductanceConverter Default => new(25.0f, 0.0f);

    /// <summary>uS of a weight of 1, where the largest magnitude of a weight is given.</summary>
    public float Scale(float absMax) => (GMax - GMin) / MathF.Max(absMax, SmallestWeight);

    /// <summary>Conductance of the device for positive weights; that for negative ones is the one of -weight.</summary>
    public float Conductance(float weight, float scale) => MathF.Min(MathF.Max(weight * scale, 0), GMax) + GMin;
}
