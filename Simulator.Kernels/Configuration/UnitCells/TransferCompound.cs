using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>Whether a defect of aihwkit's CPU engine is imitated.</summary>
public enum CompatMode
{
    /// <summary>No.</summary>
    None,

    /// <summary>Yes, for comparisons with its results.</summary>
    Aihwkit,
}

/// <summary>
/// Tiki-Taka: a fast array takes the gradient, and its columns or rows are read and added to the next array of a chain from time to time. aihwkit's
/// <c>TransferCompound</c> with its defaults (spec compounds, section 5). Device 0 is the fast array; device 1 describes all others.
/// </summary>
public record TransferCompound : UnitCell
{
    /// <summary>Device k of n has weight gamma^(n - 1 - k) in the visible weight. Default 0: the last device alone is visible.</summary>
    public float Gamma { get; init; }

    /// <summary>Explicit weights of the devices; the last may not be 0. Default none.</summary>
    public IReadOnlyList<float> GammaVec { get; init; } = [];

    /// <summary>Period of the transfers from device 0; 0 is never. Default 1.</summary>
    public float TransferEvery { get; init; } = 1.0f;

    /// <summary>Explicit periods of all devices. Default none: each is longer than the one before by the size of a slice over the reads of an event.</summary>
    public IReadOnlyList<float> TransferEveryVec { get; init; } = [];

    /// <summary>Whether periods count mini-batches instead of vectors. Default true.</summary>
    public bool UnitsInMbatch { get; init; } = true;

    /// <summary>Whether the last device has no period. Default true.</summary>
    public bool NoSelfTransfer { get; init; } = true;

    /// <summary>Columns (or rows) of one event. Default 1.</summary>
    public int NReadsPerTransfer { get; init; } = 1;

    /// <summary>Read columns by the forward product; false reads rows by the backward one. Default true.</summary>
    public bool TransferColumns { get; init; } = true;

    /// <summary>Probability that a column is reset once it is read; compounds with a buffer reset none, as in aihwkit. Default 0.</summary>
    public float WithResetProb { get; init; }

    /// <summary>Start each event at a random slice. Default false.</summary>
    public bool RandomSelection { get; init; }

    /// <summary>Learning rate of the fast array; 0 takes the tile's. Default 1.</summary>
    public float FastLr { get; init; } = 1.0f;

    /// <summary>Whether <see cref="FastLr"/> is a factor of the tile's learning rate. Default true.</summary>
    public bool ScaleFastLr { get; init; } = true;

    /// <summary>Learning rate of transfers. Default 1.</summary>
    public float TransferLr { get; init; } = 1.0f;

    /// <summary>Explicit transfer rates of all devices. Default none.</summary>
    public IReadOnlyList<float> TransferLrVec { get; init; } = [];

    /// <summary>Whether transfer rates are factors of the tile's learning rate. Default true.</summary>
    public bool ScaleTransferLr { get; init; } = true;

    /// <summary>How slices are read; noise and bound management are always off.</summary>
    public IOParameters TransferForward { get; init; } = new();

    /// <summary>How slices are written.</summary>
    public UpdateParameters TransferUpdate { get; init; } = new();

    /// <summary>
    /// Imitates aihwkit where its CPU engine departs from its own rules: resets take the whole block of slices of an event, chopped compounds do every
    /// transfer again where the slow device has a period (as it has with negative ones), and show their fast array under the signs of other cells.
    /// Default none.
    /// </summary>
    public CompatMode Compat { get; init; }

    /// <inheritdoc/>
    private protected override int DevicesMin => 2;

    /// <summary>The settings that slices are read with.</summary>
    internal IOParameters TransferRead =>
        TransferForward with { NoiseManagement = NoiseManagementType.None, BoundManagement = BoundManagementType.None };

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        CheckLength("gamma_vec", GammaVec, checks);
        CheckLength("transfer_every_vec", TransferEveryVec, checks);
        CheckLength("transfer_lr_vec", TransferLrVec, checks);
        if (GammaVec.Count > 0 && GammaVec[^1] == 0)
        {
            checks.Fail("gamma_vec", "saw 0 for the last device, expected another number: the weights that transfers arrive at must be visible.");
        }

        checks.Finite("gamma", Gamma);
        checks.Finite("fast_lr", FastLr);
        checks.Finite("transfer_lr", TransferLr);
        CheckPeriod(checks);
        checks.AtLeast("n_reads_per_transfer", NReadsPerTransfer, 1);
        checks.Between("with_reset_prob", WithResetProb, 0, 1, "It is a probability.");
        if (WithResetProb > 0 && !TransferColumns)
        {
            checks.Fail(
                "with_reset_prob", "saw a reset with transfers of rows; only columns can be reset: set transfer_columns to true or with_reset_prob to 0.");
        }

        CellChecks.IO(TransferRead, checks.Inside("transfer_forward"));
        CellChecks.Update(TransferUpdate, checks.Inside("transfer_update"));
    }

    /// <inheritdoc cref="object.Equals(object)"/>
    public virtual bool Equals(TransferCompound? other) => base.Equals(other)
        && Gamma.Equals(other.Gamma) && GammaVec.SequenceEqual(other.GammaVec)
        && TransferEvery.Equals(other.TransferEvery) && TransferEveryVec.SequenceEqual(other.TransferEveryVec)
        && UnitsInMbatch == other.UnitsInMbatch && NoSelfTransfer == other.NoSelfTransfer && NReadsPerTransfer == other.NReadsPerTransfer
        && TransferColumns == other.TransferColumns && WithResetProb.Equals(other.WithResetProb) && RandomSelection == other.RandomSelection
        && FastLr.Equals(other.FastLr) && ScaleFastLr == other.ScaleFastLr
        && TransferLr.Equals(other.TransferLr) && TransferLrVec.SequenceEqual(other.TransferLrVec) && ScaleTransferLr == other.ScaleTransferLr
        && TransferForward == other.TransferForward && TransferUpdate == other.TransferUpdate && Compat == other.Compat;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Gamma, TransferEvery, FastLr, TransferLr, TransferForward, TransferUpdate);

    /// <summary>The period of a compound that has no rule for negative ones.</summary>
    private protected virtual void CheckPeriod(FieldChecks checks) => checks.NotNegative("transfer_every", TransferEvery, "0 is never.");

    private void CheckLength(string field, IReadOnlyList<float> values, FieldChecks checks)
    {
        if (values.Count != 0 && values.Count != UnitCellDevices.Count)
        {
            checks.Fail(field, $"saw {values.Count} numbers, expected one for each of the {UnitCellDevices.Count} devices, or none.");
        }
    }
}

/// <summary>
/// Tiki-Taka with a digital buffer between two arrays (TTv2): a reading is added to the buffer, and whole pulses leave it. aihwkit's
/// <c>BufferedTransferCompound</c> with its defaults (spec compounds, section 6).
/// </summary>
public sealed record BufferedTransferCompound : TransferCompound
{
    /// <summary>Creates the compound with one pulse for each write.</summary>
    public BufferedTransferCompound() => TransferUpdate = CellChecks.SinglePulse;

    /// <summary>Threshold of the buffer in granularities of the next device. Default 1.</summary>
    public float ThresScale { get; init; } = 1.0f;

    /// <summary>Size of a write in granularities of the next device. Default 1.</summary>
    public float Step { get; init; } = 1.0f;

    /// <summary>What a write leaves in the buffer, 0 to 1. Default 0.1.</summary>
    public float Momentum { get; init; } = 0.1f;

    /// <summary>Whether a write scales the buffer by the momentum instead of subtracting what was written. Default true.</summary>
    public bool ForgetBuffer { get; init; } = true;

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.Positive("thres_scale", ThresScale);
        checks.Positive("step", Step);
        checks.Finite("momentum", Momentum);
    }
}
