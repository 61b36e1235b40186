namespace Tessera.Actors.Postgres;

/// <summary>How long the control plane trusts a process that it does not hear. All processes of a run have the same.</summary>
public sealed record PostgresControlSettings
{
    /// <summary>
    /// How long a lease holds without renewal, more than 0; 4 seconds by default. Renewals and questions of all processes together must come at least
    /// twice in that
    /// time: a longer silence is taken for an outage of the control plane, after which everyone's lease holds once more as long.
    /// </summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// How long after its last renewal a process still counts whose session with the database is gone, 0 or more; 600 milliseconds by default.
    /// </summary>
    public TimeSpan GoneAfter { get; init; } = TimeSpan.FromMilliseconds(600);

    /// <summary>How long a call may take before it fails, more than 0; 2 seconds by default.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Refuses settings that cannot be.</summary>
    /// <exception cref="ArgumentException">Says which, and what it can be.</exception>
    internal void Validate()
    {
        if (LeaseDuration <= TimeSpan.Zero || GoneAfter < TimeSpan.Zero || GoneAfter > LeaseDuration || CallTimeout <= TimeSpan.Zero)
        {
            throw new ArgumentException(
                $"A lease of {LeaseDuration}, processes that count for {GoneAfter} without a session, and calls of up to {CallTimeout} cannot be; "
                + "expected more than 0 each, and a lease at least as long as a process counts without a session.");
        }
    }
}
