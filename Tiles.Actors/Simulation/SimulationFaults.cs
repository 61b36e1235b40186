namespace Tessera.Actors.Simulation;

/// <summary>
/// What goes wrong in a simulated world, and how often. Chances are per million; a period is the mean time between two faults of a kind in
/// the whole world, zero for never. The default is a world of small delays without a fault.
/// </summary>
public sealed partial record SimulationFaults
{
    /// <summary>Small delays and nothing else.</summary>
    public static readonly SimulationFaults None = new();

    /// <summary>Shortest way of a message between processes.</summary>
    public TimeSpan DelayMin { get; init; } = TimeSpan.FromMicroseconds(20);

    /// <summary>Delays beyond the shortest are spread evenly up to this.</summary>
    public TimeSpan DelaySpread { get; init; } = TimeSpan.FromMicroseconds(100);

    /// <summary>Chance of a delay from the tail: the spread times a power of two, half as likely for each doubling.</summary>
    public int DelayTailChance { get; init; }

    /// <summary>Doublings of the longest delay, 0 to 20.</summary>
    public int DelayTailDoublings { get; init; } = 8;

    /// <summary>Whether messages of a link arrive in the order of sending and never twice, as those of one connection do.</summary>
    public bool Ordered { get; init; }

    /// <summary>Chance that a message between processes is lost.</summary>
    public int DropChance { get; init; }

    /// <summary>Chance that it arrives twice.</summary>
    public int DuplicateChance { get; init; }

    /// <summary>Most time that the second copy takes longer: enough to outlive a term. Zero for none.</summary>
    public TimeSpan DuplicateDelayMax { get; init; }

    /// <summary>Period of partitions: some processes, or a service, cannot reach others, one way or both.</summary>
    public TimeSpan PartitionPeriod { get; init; }

    /// <summary>Longest partition.</summary>
    public TimeSpan PartitionTimeMax { get; init; }

    /// <summary>Chance that a live process hears that a crashed one is gone, where no partition is between them.</summary>
    public int PeerLostChance { get; init; } = SimulationRandom.Certain;

    /// <summary>Period of connections that break between two live processes: both hear that the other is lost.</summary>
    public TimeSpan ConnectionLossPeriod { get; init; }

    /// <summary>Period of crashes.</summary>
    public TimeSpan CrashPeriod { get; init; }

    /// <summary>Longest time from a crash to the start of the next incarnation.</summary>
    public TimeSpan DowntimeMax { get; init; }

    /// <summary>Period of freezes: a process does nothing for a while and then finds its clock ahead.</summary>
    public TimeSpan FreezePeriod { get; init; }

    /// <summary>Longest freeze.</summary>
    public TimeSpan FreezeTimeMax { get; init; }

    /// <summary>Period of nodes that are told to drain, while another one stays: each leaves some time later, empty or not, and comes back.</summary>
    public TimeSpan DrainPeriod { get; init; }

    /// <summary>Longest time from the word to drain to leaving.</summary>
    public TimeSpan DrainTimeMax { get; init; }

    /// <summary>Most that the clock of a process is too fast or too slow, per million.</summary>
    public int ClockDriftMax { get; init; }

    /// <summary>Period of tiles that lose what they keep between reads and commit.</summary>
    public TimeSpan ScratchLossPeriod { get; init; }

    /// <summary>Longest time that an operation of the store takes, and of the way to it and back each.</summary>
    public TimeSpan ServiceDelayMax { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Chance that a question to the store or the control plane, or its answer, is lost.</summary>
    public int ServiceDropChance { get; init; }

    /// <summary>Chance that the store says that it cannot now; in a quarter of the cases it has done it all the same.</summary>
    public int StoreFailureChance { get; init; }

    /// <summary>Period of times in which the store is full.</summary>
    public TimeSpan StoreFullPeriod { get; init; }

    /// <summary>Period of times in which the store takes a hundred times as long.</summary>
    public TimeSpan StoreSlowPeriod { get; init; }

    /// <summary>Period of losses of power at the store: what is not durable is gone or torn, and it is away for a while.</summary>
    public TimeSpan PowerLossPeriod { get; init; }

    /// <summary>Period of times in which the control plane does not answer.</summary>
    public TimeSpan ControlAwayPeriod { get; init; }

    /// <summary>Longest trouble of the store or the control plane.</summary>
    public TimeSpan ServiceTroubleMax { get; init; }

    /// <summary>
    /// When all faults end, everything heals and dead processes start again, so that whatever does not finish then is stuck. <see
    /// cref="TimeSpan.MaxValue"/> for never.
    /// </summary>
    public TimeSpan QuietAfter { get; init; } = TimeSpan.MaxValue;

    /// <summary>Faults other than those of single messages after which all end, too.</summary>
    public int FaultsMax { get; init; } = int.MaxValue;
}
