using MathNet.Numerics.Statistics;

namespace Tessera.Host.Programming;

/// <summary>The error at one place of the map.</summary>
/// <param name="Point">The place.</param>
/// <param name="Errors">Standard deviation of weight minus target for each construction.</param>
internal sealed record ProgrammingError(ProgrammingPoint Point, double[] Errors)
{
    /// <summary>Mean over the constructions.</summary>
    public double Mean { get; } = Errors.Average();

    /// <summary>Spread over the constructions; 0 for a single one.</summary>
    public double Spread { get; } = Errors.PopulationStandardDeviation();
}

/// <summary>All errors of a map.</summary>
internal static class ProgrammingMap
{
    /// <summary>Trains the tiles of all places side by side; which thread trains which changes nothing.</summary>
    /// <param name="config">The map.</param>
    /// <param name="threads">Places at work at once.</param>
    /// <param name="report">Takes each place, in order.</param>
    /// <returns>[rule, states, reference], the last running fastest.</returns>
    public static IReadOnlyList<ProgrammingError> Run(ProgrammingConfig config, int threads, Action<ProgrammingError> report)
    {
        ProgrammingTask task = new(config);
        List<ProgrammingPoint> points =
        [
            .. from rule in Enumerable.Range(0, config.Rules.Count)
               from states in config.States
               from reference in config.ReferenceStd
               select new ProgrammingPoint(rule, states, reference),
        ];
        ProgrammingError?[] errors = new ProgrammingError?[points.Count];
        int reported = 0;
        object gate = new();
        Parallel.For(0, points.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, index =>
        {
            ProgrammingPoint point = points[index];
            float rate = config.Rules[point.Rule].LearningRate;
            ProgrammingError error = new(
                point, [.. Enumerable.Range(0, config.Constructions).Select(construction => task.Error(point.Physics(config), rate, construction))]);
            lock (gate)
            {
                errors[index] = error;
                while (reported < points.Count && errors[reported] is { } next)
                {
                    report(next);
                    reported++;
                }
            }
        });
        return [.. errors.Select(error => error!)];
    }
}
