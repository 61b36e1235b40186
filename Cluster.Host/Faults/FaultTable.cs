using System.Diagnostics;
using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;

namespace Tessera.Host.Faults;

/// <summary>All faults that are tried with real processes (docs/faults.md).</summary>
internal static class FaultTable
{
    /// <summary>The cases, in order of the table.</summary>
    public static IReadOnlyList<FaultCase> Cases { get; } = [.. KillCases.All(), .. NetworkCases.All(), .. DatabaseCases.All()];

    /// <summary>Settings of a server on which cases can be run, one after the other.</summary>
    public static PostgresServerSettings Server { get; } = new() { ListenOnTcp = true };

    /// <summary>The experiment of all cases, trained without faults.</summary>
    /// <param name="folder">Where to put it.</param>
    public static FaultlessRun TrainReference(string folder) => FaultlessRun.Train(folder, FaultScene.Epochs, FaultScene.EverySteps);

    /// <summary>Runs a case. Whatever does not hold is in the outcome.</summary>
    /// <param name="fault">The case.</param>
    /// <param name="server">The server of its database.</param>
    /// <param name="reference">The experiment without faults.</param>
    /// <param name="stage">Takes its processes down where the command is ended, or null.</param>
    public static FaultOutcome Run(FaultCase fault, PostgresServer server, FaultlessRun reference, FaultStage? stage = null)
    {
        long start = Stopwatch.GetTimestamp();
        server.Start(); // where the case before left it stopped
        using FaultScene scene = new(server, reference);
        _ = stage?.Owning(scene);
        string? problem = null;
        int terms = 0;
        try
        {
            fault.Act(scene);
            terms = scene.Database.CountTerms();
        }
        catch (Exception error) when (stage?.IsEnding() is not true && error is FaultException or StoreException)
        {
            problem = error.Message;
        }

        return new FaultOutcome(fault, terms, scene.Taps.Watch.Redone, scene.Taps.Watch.TrainsAgainAfter, Stopwatch.GetElapsedTime(start), problem);
    }
}
