using System.Diagnostics;
using Tessera.Actors.Postgres;
using Tessera.Actors.Stores;

namespace Tessera.Host.Faults;

/// <summary>All faults that are tried with real processes (docs/faults.md).</summary>
internal static class FaultTable
{
    /// <summary>The cases, in order of the table.</summary>
    public static IReadOnlyList<FaultCase> Cases { get; } = [.. KillCases.All(), .. NetworkCases.All(), .. DatabaseCases.All()];

    /// <summary>A server on which cases can be run, one after the other.</summary>
    /// <exception cref="StoreException">PostgreSQL is not installed, or does not start.</exception>
    public static PostgresServer StartServer() => PostgresServer.Start(new PostgresServerSettings { ListenOnTcp = true });

    /// <summary>The experiment of all cases, trained without faults.</summary>
    /// <param name="folder">Where to put it.</param>
    public static FaultlessRun TrainReference(string folder) => FaultlessRun.Train(folder, FaultScene.Epochs, FaultScene.EverySteps);

    /// <summary>Runs a case. Whatever does not hold is in the outcome; SIGINT and SIGTERM take its processes and the server down.</summary>
    public static FaultOutcome Run(FaultCase fault, PostgresServer server, FaultlessRun reference)
    {
        long start = Stopwatch.GetTimestamp();
        server.Start(); // where the case before left it stopped
        using FaultScene scene = new(server, reference);
        using FaultInterrupt interrupt = new(() =>
        {
            scene.Dispose();
            server.Dispose();
        });
        string? problem = null;
        int terms = 0;
        try
        {
            fault.Act(scene);
            terms = scene.Database.CountTerms();
        }
        catch (Exception error) when (!interrupt.IsEnding() && error is FaultException or StoreException)
        {
            problem = error.Message;
        }

        return new FaultOutcome(fault, terms, scene.Taps.Watch.Redone, scene.Taps.Watch.TrainsAgainAfter, Stopwatch.GetElapsedTime(start), problem);
    }
}
