namespace Tessera.Actors.Simulation;

/// <summary>Faults that are not those of single messages: when they come and whom they meet.</summary>
internal sealed class FaultSchedule(SimulatedWorld world)
{
    private readonly List<SimulatedProcess> _candidates = [];

    /// <summary>Schedules the first fault of each kind, and the end of all.</summary>
    public void Begin()
    {
        if (world.IsQuiet)
        {
            return;
        }

        if (world.Faults.QuietAfter != TimeSpan.MaxValue)
        {
            world.Schedule(Math.Max(world.Ticks, world.Faults.QuietAfter.Ticks), new SimulatedEvent { Kind = EventKind.Quiet });
        }

        for (var kind = FaultKind.Partition; kind <= FaultKind.ControlAway; kind++)
        {
            ScheduleNext(kind);
        }
    }

    /// <summary>Lets a fault happen.</summary>
    public void Fire(FaultKind kind)
    {
        if (world.IsQuiet)
        {
            return;
        }

        Cause(kind);
        ScheduleNext(kind);
        if (world.Statistics.Faults >= world.Faults.FaultsMax)
        {
            world.BecomeQuiet();
        }
    }

    private void ScheduleNext(FaultKind kind)
    {
        var period = Period(kind).Ticks;
        if (period > 0)
        {
            world.Schedule(
                world.Ticks + world.Random.Between(1, 2 * period), new SimulatedEvent { Kind = EventKind.Fault, Number = (long)kind });
        }
    }

    private TimeSpan Period(FaultKind kind) => kind switch
    {
        FaultKind.Partition => world.Faults.PartitionPeriod,
        FaultKind.ConnectionLoss => world.Faults.ConnectionLossPeriod,
        FaultKind.Crash => world.Faults.CrashPeriod,
        FaultKind.Freeze => world.Faults.FreezePeriod,
        FaultKind.Drain => world.Faults.DrainPeriod,
        FaultKind.ScratchLoss => world.Faults.ScratchLossPeriod,
        FaultKind.StoreFull => world.Faults.StoreFullPeriod,
        FaultKind.StoreSlow => world.Faults.StoreSlowPeriod,
        FaultKind.PowerLoss => world.Faults.PowerLossPeriod,
        _ => world.Faults.ControlAwayPeriod,
    };

    private void Cause(FaultKind kind)
    {
        switch (kind)
        {
            case FaultKind.Partition:
                Partition();
                break;
            case FaultKind.ConnectionLoss when Choose(mustFail: false) is { } one && Choose(mustFail: false) is { } other && one != other:
                world.Disconnect(one, other);
                break;
            case FaultKind.Crash when Choose(mustFail: true) is { } victim:
                world.Crash(victim, Duration(world.Faults.DowntimeMax));
                break;
            case FaultKind.Freeze when Choose(mustFail: true) is { } victim:
                world.Freeze(victim, Duration(world.Faults.FreezeTimeMax));
                break;
            case FaultKind.Drain when Choose(mustFail: true) is { } node:
                world.Drain(node, Duration(world.Faults.DrainTimeMax), Duration(world.Faults.DowntimeMax));
                break;
            case FaultKind.ScratchLoss when Choose(mustFail: false) is { } process && world.TilesOf(process) is { Count: > 0 } tiles:
                world.LoseScratch(process, tiles[world.Random.Below(tiles.Count)]);
                break;
            case FaultKind.StoreFull:
                world.Store.FillFor(Duration(world.Faults.ServiceTroubleMax));
                break;
            case FaultKind.StoreSlow:
                world.Store.SlowFor(Duration(world.Faults.ServiceTroubleMax));
                break;
            case FaultKind.PowerLoss:
                world.Store.LosePower(Duration(world.Faults.ServiceTroubleMax));
                break;
            case FaultKind.ControlAway:
                world.Control.AwayFor(Duration(world.Faults.ServiceTroubleMax));
                break;
        }
    }

    /// <summary>
    /// Cuts off one endpoint, or a random half of all, or one of a pair from the other. Store and control plane count as endpoints.
    /// </summary>
    private void Partition()
    {
        var (left, right) = (new List<int>(), new List<int>());
        var count = SimulatedNetwork.Endpoint(world.Processes[^1]) + 1;
        var shape = world.Random.Below(3);
        var one = world.Random.Below(count);
        var other = world.Random.Below(count);
        for (var endpoint = 0; endpoint < count; endpoint++)
        {
            var isLeft = shape switch
            {
                0 => endpoint == one,
                1 => world.Random.Below(2) == 0,
                _ => endpoint == one,
            };
            if (isLeft)
            {
                left.Add(endpoint);
            }
            else if (shape != 2 || endpoint == other)
            {
                right.Add(endpoint);
            }
        }

        if (left.Count > 0 && right.Count > 0)
        {
            var isTurned = world.Random.Below(2) == 0;
            world.Network.Partition(
                isTurned ? right : left, isTurned ? left : right, oneWay: world.Random.Below(3) == 0, Duration(world.Faults.PartitionTimeMax));
        }
    }

    private SimulatedProcess? Choose(bool mustFail)
    {
        _candidates.Clear();
        foreach (var process in world.Processes)
        {
            if (process.IsAlive && (process.MayFail || !mustFail))
            {
                _candidates.Add(process);
            }
        }

        return _candidates.Count == 0 ? null : _candidates[world.Random.Below(_candidates.Count)];
    }

    private TimeSpan Duration(TimeSpan most) => world.Random.Between(most / 50, most);
}

/// <summary>Kinds of faults that come by a period.</summary>
internal enum FaultKind : byte
{
    Partition,
    ConnectionLoss,
    Crash,
    Freeze,
    Drain,
    ScratchLoss,
    StoreFull,
    StoreSlow,
    PowerLoss,
    ControlAway,
}
