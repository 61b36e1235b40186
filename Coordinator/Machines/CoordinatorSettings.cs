namespace Tessera.Coordination.Machines;

/// <summary>How a coordinator works. Nothing here changes a bit of the result.</summary>
internal sealed record CoordinatorSettings
{
    /// <summary>Samples of a scheduling unit, 1 or more.</summary>
    public required int MicroBatch { get; init; }

    /// <summary>Most samples of a mini-batch.</summary>
    public required int BatchMax { get; init; }

    /// <summary>Most samples of an evaluation chunk.</summary>
    public required int EvaluationMax { get; init; }

    /// <summary>SHA-256 of the configuration.</summary>
    public required string ConfigurationHash { get; init; }

    /// <summary>Steps between two checkpoints; 0 is none by steps.</summary>
    public int CheckpointEverySteps { get; init; }

    /// <summary>Least time between two checkpoints; null is none by time.</summary>
    public TimeSpan? CheckpointEvery { get; init; }

    /// <summary>Step after which the run stops, with a checkpoint, though it is not finished; null to train all epochs.</summary>
    public ulong? EndAfter { get; init; }

    /// <summary>Whether a manifest of another numerics version is taken.</summary>
    public bool AcceptNumericsChange { get; init; }

    /// <summary>Time without any progress after which unanswered requests are repeated; null where nothing gets lost.</summary>
    public TimeSpan? RepeatAfter { get; init; }

    /// <summary>Repeats without any progress after which a new term begins.</summary>
    public int RepeatsMax { get; init; } = 3;

    /// <summary>
    /// Least time from one opening, or from an attempt that failed, to a planned move of tiles to other members; null never moves. Default 5 seconds.
    /// </summary>
    public TimeSpan? MoveAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Usable members that the first placement waits for, 1 or more, but not longer than <see cref="MembersWait"/>. Default 1.</summary>
    public int MembersMin { get; init; } = 1;

    /// <summary>Longest time that the first placement waits for <see cref="MembersMin"/>; one member is always waited for. Default 15 seconds.</summary>
    public TimeSpan MembersWait { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long it waits for <see cref="MembersMin"/> before it tells the client: nodes that start with it are no news. Default 3 seconds.</summary>
    public TimeSpan MembersTellAfter { get; init; } = TimeSpan.FromSeconds(3);
}
