namespace Tessera.Actors.Simulation;

/// <content>Faults from a seed: every seed stresses something else.</content>
public sealed partial record SimulationFaults
{
    /// <summary>
    /// Draws faults: of eight seeds about one has none, one only those of messages, one only those of processes, one only those of the
    /// services, and the others a mixture, each kind on or off by chance.
    /// </summary>
    /// <param name="seed">The seed of the world.</param>
    /// <param name="span">Virtual time that the scenario takes without faults: the scale of all periods.</param>
    public static SimulationFaults Draw(ulong seed, TimeSpan span)
    {
        var draw = new SimulationRandom(seed ^ 0x5DEECE66D1CE4E5B);
        var theme = draw.Below(8);
        var (network, process, service) = theme switch
        {
            0 => (0, 0, 0),
            1 => (SimulationRandom.Certain, 0, 0),
            2 => (0, SimulationRandom.Certain, 0),
            3 => (0, 0, SimulationRandom.Certain),
            _ => (700_000, 700_000, 600_000),
        };
        var faults = None with
        {
            DelaySpread = draw.Between(TimeSpan.FromMicroseconds(20), TimeSpan.FromMicroseconds(400)),
            QuietAfter = theme == 0 ? TimeSpan.Zero : draw.Between(span, 4 * span),
            Ordered = draw.Chance(300_000),
        };
        if (draw.Chance(network))
        {
            faults = WithNetwork(faults, draw, span);
        }

        if (draw.Chance(process))
        {
            faults = WithProcesses(faults, draw, span);
        }

        return draw.Chance(service) ? WithServices(faults, draw, span) : faults;
    }

    private static SimulationFaults WithNetwork(SimulationFaults faults, SimulationRandom draw, TimeSpan span) => faults with
    {
        DelayTailChance = Maybe(draw, 100_000),
        DelayTailDoublings = draw.Below(12),
        DropChance = Maybe(draw, 50_000),
        DuplicateChance = Maybe(draw, 100_000),
        DuplicateDelayMax = Maybe(draw, span / 2),
        PartitionPeriod = Maybe(draw, span),
        PartitionTimeMax = draw.Between(span / 50, span),
        PeerLostChance = draw.Below(SimulationRandom.Certain),
        ConnectionLossPeriod = Maybe(draw, span),
    };

    private static SimulationFaults WithProcesses(SimulationFaults faults, SimulationRandom draw, TimeSpan span) => faults with
    {
        CrashPeriod = Maybe(draw, span),
        DowntimeMax = draw.Between(span / 100, span),
        PeerLostChance = draw.Below(SimulationRandom.Certain),
        FreezePeriod = Maybe(draw, span),
        FreezeTimeMax = draw.Between(span / 50, span),
        ClockDriftMax = Maybe(draw, 200),
        ScratchLossPeriod = Maybe(draw, span / 4),
        DrainPeriod = Maybe(draw, span),
        DrainTimeMax = draw.Between(span / 10, span),
    };

    private static SimulationFaults WithServices(SimulationFaults faults, SimulationRandom draw, TimeSpan span) => faults with
    {
        ServiceDelayMax = draw.Between(TimeSpan.FromMicroseconds(100), TimeSpan.FromMilliseconds(10)),
        ServiceDropChance = Maybe(draw, 50_000),
        StoreFailureChance = Maybe(draw, 200_000),
        StoreFullPeriod = Maybe(draw, 2 * span),
        StoreSlowPeriod = Maybe(draw, 2 * span),
        PowerLossPeriod = Maybe(draw, span),
        ControlAwayPeriod = Maybe(draw, 2 * span),
        ServiceTroubleMax = draw.Between(span / 50, span),
    };

    private static int Maybe(SimulationRandom draw, int most) => draw.Chance(600_000) ? 1 + draw.Below(most) : 0;

    private static TimeSpan Maybe(SimulationRandom draw, TimeSpan period) => draw.Chance(600_000) ? draw.Between(period / 20, period) : TimeSpan.Zero;
}
