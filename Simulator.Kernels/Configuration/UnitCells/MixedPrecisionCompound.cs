using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>Devices whose gradients are summed up in digital memory (aihwkit's <c>DigitalRankUpdateCell</c>).</summary>
[ConfigOmit("diffusion", "lifetime")]
public abstract record DigitalRankUpdateCell : DeviceParameters
{
    /// <summary>The analog devices: pulsed ones or a unit cell.</summary>
    public DeviceParameters Device { get; init; } = new VectorUnitCell();

    /// <summary>Seed of the devices, whose own seeds are ignored; 0 derives it from the run seed. Default 0.</summary>
    public int ConstructionSeed { get; init; }

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        var inside = checks.Inside("device");
        Device.Check(inside);
        if (Device is not (PulsedDeviceParameters or UnitCell))
        {
            inside.Fail("type", $"saw {Device.GetType().Name}, expected a pulsed device or a unit cell.");
        }
    }
}

/// <summary>
/// Outer products are summed up digitally, and whole pulses go to the devices row by row from time to time. aihwkit's <c>MixedPrecisionCompound</c> with
/// its defaults (spec compounds, section 9).
/// </summary>
public sealed record MixedPrecisionCompound : DigitalRankUpdateCell
{
    /// <summary>Period of the transfers in mini-batches; 0 is never. Default 1.</summary>
    public int TransferEvery { get; init; } = 1;

    /// <summary>Rows of one transfer; negative is all, 0 is none. Default -1.</summary>
    public int NRowsPerTransfer { get; init; } = -1;

    /// <summary>Start transfers of some rows at a random one. Default false.</summary>
    public bool RandomRow { get; init; }

    /// <summary>Sum that is worth a pulse; 0 takes the devices' granularity. Default 0.</summary>
    public float Granularity { get; init; }

    /// <summary>Factor of what is written. Default 1.</summary>
    public float TransferLr { get; init; } = 1.0f;

    /// <summary>Bins that x is quantised to; 0 is off. Default 0.</summary>
    [ConfigField(Name = "n_x_bins")]
    public int NXBins { get; init; }

    /// <summary>Bins that d is quantised to; 0 is off. Default 0.</summary>
    [ConfigField(Name = "n_d_bins")]
    public int NDBins { get; init; }

    /// <summary>Stochastic rounding of x. Default true.</summary>
    public bool StocRoundX { get; init; } = true;

    /// <summary>Stochastic rounding of d. Default true.</summary>
    public bool StocRoundD { get; init; } = true;

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.AtLeast("transfer_every", TransferEvery, 0, "0 is never.");
        checks.NotNegative("granularity", Granularity, "0 takes the devices' own.");
        checks.NotNegative("transfer_lr", TransferLr);
        CheckBins("n_x_bins", NXBins, checks);
        CheckBins("n_d_bins", NDBins, checks);
    }

    private static void CheckBins(string field, int bins, FieldChecks checks)
    {
        if (bins is < 0 or 1) { checks.Fail(field, $"saw {bins}, expected 2 or more, or 0 for no quantisation."); }
    }
}
