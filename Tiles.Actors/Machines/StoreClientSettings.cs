namespace Tessera.Actors.Machines;

/// <summary>How patient a process is with its store.</summary>
public sealed record StoreClientSettings
{
    /// <summary>Most attempts that a request number can count.</summary>
    public const int AttemptsLimit = 255;

    /// <summary>For a store in this process, which always answers: no time limit, so that no timer is set while it works.</summary>
    public static readonly StoreClientSettings Local = new() { TimeLimit = null, OutstandingMax = 32 };

    /// <summary>How long an attempt waits for its answer, more than 0; null waits for ever. Default 10 seconds.</summary>
    public TimeSpan? TimeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause after the first attempt that failed, more than 0; it doubles with each further one. Default 100 milliseconds.</summary>
    public TimeSpan RetryDelayMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest pause, at least <see cref="RetryDelayMin"/>. Default 5 seconds.</summary>
    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Attempts of a request, 1 to 255. Default 6.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Most requests at the store, or between two attempts, at a time, 1 or more. Default 4.</summary>
    public int OutstandingMax { get; init; } = 4;

    /// <summary>Most requests that wait for their turn, 0 or more: twice the tiles of the process and a few. Default 4096.</summary>
    public int WaitingMax { get; init; } = 4096;

    /// <summary>Refuses settings that cannot be.</summary>
    /// <exception cref="ArgumentException">Says which, and what it can be.</exception>
    internal void Validate()
    {
        if (TimeLimit <= TimeSpan.Zero || RetryDelayMin <= TimeSpan.Zero || RetryDelayMax < RetryDelayMin)
        {
            throw new ArgumentException(
                $"A time limit of {TimeLimit} and delays of {RetryDelayMin} to {RetryDelayMax} cannot be; "
                + "expected more than 0, the larger delay last.");
        }

        if (Attempts is < 1 or > AttemptsLimit || OutstandingMax < 1 || WaitingMax < 0)
        {
            throw new ArgumentException(
                $"{Attempts} attempts, {OutstandingMax} requests at the store and {WaitingMax} waiting cannot be; "
                + $"expected 1 to {AttemptsLimit}, 1 or more, 0 or more.");
        }
    }
}
