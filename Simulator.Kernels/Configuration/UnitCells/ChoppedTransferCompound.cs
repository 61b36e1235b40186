using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>
/// Buffered Tiki-Taka whose gradients change sign by slice from time to time, so that a shift of the fast array's symmetry point averages out (chopped
/// TTv2, TTv3). aihwkit's <c>ChoppedTransferCompound</c> with its defaults (spec compounds, section 7). Exactly two devices.
/// </summary>
/// <remarks>By default the fast array learns with the constant rate 1, whatever the tile's rate is.</remarks>
public record ChoppedTransferCompound : TransferCompound
{
    /// <summary>Creates the compound.</summary>
    public ChoppedTransferCompound()
    {
        UnitsInMbatch = false;
        ScaleFastLr = false;
        TransferUpdate = CellChecks.SinglePulse;
    }

    /// <summary>Probability that the chopper of a slice flips once the slice is read; 0 is off. Default 0.1.</summary>
    public float InChopProb { get; init; } = 0.1f;

    /// <summary>Random flips; false flips after every 1 / <see cref="InChopProb"/> passes over all slices. Default true.</summary>
    public bool InChopRandom { get; init; } = true;

    /// <summary>
    /// Probability that each chopper across the slices flips after a pass over all slices; <see cref="DynamicTransferCompound"/> flips none, as aihwkit's
    /// CPU engine. Default 0.
    /// </summary>
    public float OutChopProb { get; init; }

    /// <summary>Threshold of the buffer in granularities of the fast device; 0 or less counts as 1. Default 1.</summary>
    public float BufferGranularity { get; init; } = 1.0f;

    /// <summary>Above 0: the threshold is scaled by this over the vectors of a pass over all slices. Default 0 (off).</summary>
    public float AutoGranularity { get; init; }

    /// <summary>Size of a write in granularities of the slow device. Default 1.</summary>
    public float Step { get; init; } = 1.0f;

    /// <summary>What a write leaves in the buffer, 0 to 1. Default 0.</summary>
    public float Momentum { get; init; }

    /// <summary>Whether a write scales the buffer by the momentum instead of subtracting what was written. Default true.</summary>
    public bool ForgetBuffer { get; init; } = true;

    /// <summary>Whether each reading replaces the buffer. Default false.</summary>
    public bool NoBuffer { get; init; }

    /// <summary>Whether the fast learning rate follows the running maxima of x and d. Default false.</summary>
    public bool AutoScale { get; init; }

    /// <summary>Momentum per mini-batch of these maxima, 0 to 1. Default 0.99.</summary>
    public float AutoMomentum { get; init; } = 0.99f;

    /// <summary>Whether the transfer rate is divided by the fast array's. Default false.</summary>
    public bool CorrectGradientMagnitudes { get; init; }

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        if (UnitCellDevices.Count > 2)
        {
            checks.Fail(
                "unit_cell_devices", $"saw {UnitCellDevices.Count}, expected two devices; use TransferCompound or BufferedTransferCompound for a longer chain.");
        }

        if (NReadsPerTransfer != 1)
        {
            checks.Fail("n_reads_per_transfer", $"saw {NReadsPerTransfer}, expected 1: each slice has a chopper of its own; lower transfer_every instead.");
        }

        checks.Between("in_chop_prob", InChopProb, 0, 1, "It is a probability.");
        checks.Between("out_chop_prob", OutChopProb, 0, 1, "It is a probability.");
        checks.Between("auto_momentum", AutoMomentum, 0, 1);
        checks.Positive("step", Step);
        checks.Finite("momentum", Momentum);
        checks.Finite("buffer_granularity", BufferGranularity);
        checks.Finite("auto_granularity", AutoGranularity);
        if (AutoGranularity > 0 && TransferEvery == 0)
        {
            checks.Fail("auto_granularity", "saw a threshold that is divided by transfer_every, which is 0; set auto_granularity to 0 or transfer_every to 1.");
        }
    }

    /// <summary>Below 0 the period is a number of states of the fast device.</summary>
    private protected override void CheckPeriod(FieldChecks checks) => checks.Finite("transfer_every", TransferEvery);
}

/// <summary>
/// Chopped Tiki-Taka that measures the fast array's resting point during each phase of the chopper and transfers only the difference to it (AGAD,
/// TTv4). aihwkit's <c>DynamicTransferCompound</c> with its defaults (spec compounds, section 8).
/// </summary>
public sealed record DynamicTransferCompound : ChoppedTransferCompound
{
    /// <summary>Creates the compound.</summary>
    public DynamicTransferCompound() => InChopRandom = false;

    /// <summary>How strongly the end of a phase counts in its mean. Default 5.</summary>
    public float TailWeightening { get; init; } = 5.0f;

    /// <summary>Above 0: limit of the buffer in writes, where writes subtract from it. Default 0 (off).</summary>
    public float BufferCap { get; init; }

    /// <summary>Whether readings late in a phase count less. Default false.</summary>
    public bool ExperimentalCorrectAccumulation { get; init; }

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.NotNegative("tail_weightening", TailWeightening);
        checks.Finite("buffer_cap", BufferCap);
    }
}
