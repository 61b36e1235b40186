using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Updates;

/// <summary>
/// Number of pulse slots and the two probability scales of one vector pair (spec update, section 4). All arithmetic is 32-bit float in
/// aihwkit's order of operations.
/// </summary>
/// <param name="Slots">BL: pulse slots, 0 where the pair causes no pulse.</param>
/// <param name="DScale">A: factor from |d| to a probability.</param>
/// <param name="XScale">B: factor from |x| to a probability.</param>
public readonly record struct BitLineScales(int Slots, float DScale, float XScale)
{
    /// <summary>Largest number of slots that the draw addresses and buffers are laid out for.</summary>
    public const int SlotsMax = ushort.MaxValue;

    /// <summary>Chooses slots and scales for one vector pair.</summary>
    /// <param name="update">The update parameters.</param>
    /// <param name="learningRate">Absolute learning rate, 0 or more.</param>
    /// <param name="granularity">Weight change of one mean pulse, above 0.</param>
    /// <param name="xMax">Largest |x| of the pair, with the bias entry.</param>
    /// <param name="dMax">Largest |d| of the pair.</param>
    /// <exception cref="ArgumentException">A maximum is not finite, or the train would be longer than <see cref="SlotsMax"/>.</exception>
    public static BitLineScales Choose(UpdateParameters update, float learningRate, float granularity, float xMax, float dMax)
    {
        if (!float.IsFinite(xMax) || !float.IsFinite(dMax))
        {
            throw new ArgumentException(
                $"The update saw a vector with max|x| = {xMax} and max|d| = {dMax}; both must be finite. Lower the learning rate or check the data for NaN.");
        }

        if (learningRate == 0)
        {
            return default;
        }

        var scales = Base(update, learningRate, granularity);
        return update.UpdateManagement || update.UpdateBlManagement
            ? scales.Managed(update, learningRate, granularity, xMax, dMax)
            : scales;
    }

    private static BitLineScales Base(UpdateParameters update, float learningRate, float granularity)
    {
        var slots = update.DesiredBl;
        if (update.FixedBl || update.UpdateBlManagement || granularity * slots >= learningRate)
        {
            var scale = MathF.Sqrt(learningRate / (granularity * slots));
            return new BitLineScales(slots, scale, scale);
        }

        var needed = MathF.Ceiling(learningRate / granularity);
        if (!(needed <= SlotsMax))
        {
            throw new ArgumentException(
                $"A learning rate of {learningRate} needs {needed} pulse slots of {granularity}, more than {SlotsMax}. "
                + "Lower the learning rate, raise dw_min, or set update.fixed_bl.");
        }

        return new BitLineScales(Math.Max((int)needed, 1), 1, 1);
    }

    private BitLineScales Managed(UpdateParameters update, float learningRate, float granularity, float xMax, float dMax)
    {
        if (xMax == 0 || dMax == 0)
        {
            return new BitLineScales(0, 1, 1);
        }

        var slots = Slots;
        var dScale = DScale;
        var xScale = XScale;
        var dm = update.UmGradScale * dMax;
        var pulses = learningRate * xMax * dm / granularity;
        if (update.UpdateBlManagement)
        {
            slots = pulses >= update.DesiredBl ? update.DesiredBl : (int)MathF.Ceiling(pulses);
            if (slots <= 0)
            {
                // The product of the two maxima underflowed: the pair cannot move any weight.
                return new BitLineScales(0, 1, 1);
            }

            dScale = xScale = MathF.Sqrt(learningRate / (granularity * slots));
        }

        if (pulses > update.DesiredBl)
        {
            // Only the d side saturates; x keeps its full resolution.
            dm *= update.DesiredBl / pulses;
        }

        return new BitLineScales(slots, dScale * MathF.Sqrt(xMax / dm), xScale * MathF.Sqrt(dm / xMax));
    }
}
