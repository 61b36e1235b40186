using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>A device whose step is piecewise linear in its weight, between nodes that divide the range evenly (spec devices, section 6).</summary>
public sealed record PiecewiseStepDevice : WriteNoiseDeviceParameters
{
    /// <summary>Most nodes of a direction.</summary>
    private const int NodesMax = 1024;

    /// <summary>Factors of the up step at the nodes, from the lower bound to the upper. Default one node of 1.</summary>
    public IReadOnlyList<float> PiecewiseUp { get; init; } = [1f];

    /// <summary>Factors of the down step at the nodes; as many as for up steps. Default one node of 1.</summary>
    public IReadOnlyList<float> PiecewiseDown { get; init; } = [1f];

    /// <inheritdoc/>
    public override void Check(FieldChecks checks)
    {
        base.Check(checks);
        if (PiecewiseUp.Count is 0 or > NodesMax) { checks.Fail("piecewise_up", $"saw {PiecewiseUp.Count} nodes, expected 1 to {NodesMax}."); }
        if (PiecewiseDown.Count != PiecewiseUp.Count)
        {
            checks.Fail("piecewise_down", $"saw {PiecewiseDown.Count} nodes, expected as many as piecewise_up has: {PiecewiseUp.Count}.");
        }

        foreach (float factor in PiecewiseUp) { checks.Finite("piecewise_up", factor); }
        foreach (float factor in PiecewiseDown) { checks.Finite("piecewise_down", factor); }
    }

    /// <summary>Equal parameters; nodes are compared one by one.</summary>
    public bool Equals(PiecewiseStepDevice? other) =>
        base.Equals(other) && PiecewiseUp.SequenceEqual(other.PiecewiseUp) && PiecewiseDown.SequenceEqual(other.PiecewiseDown);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), PiecewiseUp.Count, PiecewiseDown.Count);
}
