using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>Which devices of a vector cell take the pulses of a vector.</summary>
public enum VectorUnitCellUpdatePolicy { All, SingleFixed, SingleSequential, SingleRandom }

/// <summary>A weight that is a weighted sum of devices. aihwkit's <c>VectorUnitCell</c> with its defaults (spec compounds, section 2).</summary>
public record VectorUnitCell : UnitCell
{
    /// <summary>Which devices take the pulses of a vector. Default all.</summary>
    public VectorUnitCellUpdatePolicy UpdatePolicy { get; init; }

    /// <summary>Device that a policy of single devices starts with. Default 0.</summary>
    public int FirstUpdateIdx { get; init; }

    /// <summary>Weight of each device in the sum; none gives each 1/n. Default none.</summary>
    public IReadOnlyList<float> GammaVec { get; init; } = [];

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        checks.Between("first_update_idx", FirstUpdateIdx, 0, Math.Max(0, UnitCellDevices.Count - 1), "It is the index of a device.");
        if (GammaVec.Count != 0 && GammaVec.Count != UnitCellDevices.Count)
        {
            checks.Fail("gamma_vec", $"saw {GammaVec.Count} weights, expected one for each of the {UnitCellDevices.Count} devices, or none for a mean.");
        }
    }

    /// <inheritdoc cref="object.Equals(object)"/>
    public virtual bool Equals(VectorUnitCell? other) => base.Equals(other)
        && UpdatePolicy == other.UpdatePolicy && FirstUpdateIdx == other.FirstUpdateIdx && GammaVec.SequenceEqual(other.GammaVec);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), UpdatePolicy, FirstUpdateIdx, GammaVec.Count);
}

/// <summary>
/// A device that learns and one that is programmed once and subtracted. aihwkit's <c>ReferenceUnitCell</c>: a <see cref="VectorUnitCell"/> of two devices
/// with other defaults; further devices of the list are left out, a single one is used twice (spec compounds, section 3).
/// </summary>
public sealed record ReferenceUnitCell : VectorUnitCell
{
    /// <summary>Creates the cell with only device 0 learning and device 1 subtracted.</summary>
    public ReferenceUnitCell()
    {
        UpdatePolicy = VectorUnitCellUpdatePolicy.SingleFixed;
        GammaVec = [1.0f, -1.0f];
    }

    /// <summary>The cell with exactly two devices.</summary>
    internal ReferenceUnitCell OfTwo() => this with { UnitCellDevices = [UnitCellDevices[0], UnitCellDevices[Math.Min(1, UnitCellDevices.Count - 1)]] };

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        if (UnitCellDevices.Count is 0 or 2)
        {
            base.Check(checks);
            return;
        }

        OfTwo().Check(checks);
    }
}
