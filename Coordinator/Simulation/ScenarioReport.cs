using Tessera.Actors.Simulation;

namespace Tessera.Coordination.Simulation;

/// <summary>What a simulated run came to.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="VirtualTime">Time on the simulated clock.</param>
/// <param name="Statistics">What happened.</param>
/// <param name="Resumptions">Lapses of a coordinator's lease after which it went on in the same term.</param>
/// <param name="Moves">Terms that began to move tiles as planned.</param>
/// <param name="HandOvers">Coordinators that left the run to another one as they were told.</param>
/// <param name="TakeOversKept">Terms that another coordinator opened with the same members, in which every tile stayed where it was.</param>
/// <param name="TakeOversMoved">The same, but a tile moved: what members report is not yet known where one fault follows another at once.</param>
/// <param name="Openings">Terms in which training began or went on.</param>
/// <param name="StepsDone">Mini-batches, those done again included.</param>
/// <param name="Steps">Mini-batches of the run.</param>
/// <param name="Digest">Digest of all events: equal for an exact replay.</param>
internal sealed record ScenarioReport(
    ulong Seed,
    TimeSpan VirtualTime,
    SimulationStatistics Statistics,
    long Resumptions,
    long Moves,
    long HandOvers,
    long TakeOversKept,
    long TakeOversMoved,
    long Openings,
    long StepsDone,
    long Steps,
    ulong Digest);
