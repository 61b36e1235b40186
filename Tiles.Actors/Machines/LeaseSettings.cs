namespace Tessera.Actors.Machines;

/// <summary>How long membership and leadership last without renewal.</summary>
public sealed record LeaseSettings
{
    /// <summary>Leases of a control plane in this process: they never lapse, and once there is an answer no timer is set.</summary>
    public static readonly LeaseSettings NeverLapses = new() { Duration = null };

    /// <summary>
    /// How long the control plane lets a lease hold; the holder counts from before it asked, so it always stops first. Null never lapses.
    /// Default 10 seconds.
    /// </summary>
    public TimeSpan? Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From asking to asking again while answers come, more than 0 and less than <see cref="Duration"/>. Default 3 seconds.</summary>
    public TimeSpan RenewEvery { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>From asking to asking again without an answer, or while another process leads, more than 0. Default 1 second.</summary>
    public TimeSpan RetryEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Refuses settings that cannot be.</summary>
    /// <exception cref="ArgumentException">Says which, and what it can be.</exception>
    internal void Validate()
    {
        if (RetryEvery <= TimeSpan.Zero || RenewEvery <= TimeSpan.Zero || Duration <= RenewEvery)
        {
            throw new ArgumentException(
                $"A lease of {Duration}, renewed every {RenewEvery} and asked for again every {RetryEvery}, cannot be; "
                + "expected more than 0 each, and a lease longer than the time to its renewal.");
        }
    }
}
