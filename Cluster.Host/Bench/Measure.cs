using System.Diagnostics;
using MathNet.Numerics.Statistics;

namespace Tessera.Host.Bench;

/// <summary>
/// Times a repeatable operation on a noisy machine: the best of several windows, each long enough for the clock. Threads run the operation at
/// once, each on its own data, so that the figure for all cores is a throughput under real contention.
/// </summary>
internal static class Measure
{
    private const double WarmUpSeconds = 0.2;
    private const double WindowSeconds = 0.03;
    private const int Windows = 7;

    /// <summary>Seconds of one call of <paramref name="operation"/>, the best of several windows.</summary>
    /// <param name="threads">How many threads run it at once; the argument tells which.</param>
    /// <param name="operation">The work; must not allocate shared state.</param>
    public static double Seconds(int threads, Action<int> operation)
    {
        var repeats = Calibrate(operation);
        var best = double.MaxValue;
        for (var i = 0; i < Windows; i++)
        {
            best = Math.Min(best, AnyWindow(threads, repeats, operation));
        }

        return best / repeats;
    }

    /// <summary>
    /// Seconds of one call of two operations whose ratio matters: their windows alternate, since the clock of a machine wanders.
    /// </summary>
    /// <param name="threads">How many threads run each at once; the argument tells which.</param>
    /// <param name="limit">What is compared with.</param>
    /// <param name="operation">The work.</param>
    public static (double Limit, double Value) Seconds(int threads, Action<int> limit, Action<int> operation)
    {
        var (limitRepeats, repeats) = (Calibrate(limit), Calibrate(operation));
        var (limitBest, best) = (double.MaxValue, double.MaxValue);
        for (var i = 0; i < Windows; i++)
        {
            limitBest = Math.Min(limitBest, AnyWindow(threads, limitRepeats, limit));
            best = Math.Min(best, AnyWindow(threads, repeats, operation));
        }

        return (limitBest / limitRepeats, best / repeats);
    }

    /// <summary>
    /// Median seconds of windows of two operations that alternate, each warmed up by one window more. Beside the best it tells what lasts: waiting for
    /// other processes and for a database is no noise.
    /// </summary>
    /// <param name="windows">Windows of each, 1 or more.</param>
    /// <param name="limit">A window of what is compared with.</param>
    /// <param name="operation">A window of the work.</param>
    public static (double Limit, double Value) MedianSeconds(int windows, Action limit, Action operation)
    {
        var limits = new double[windows];
        var values = new double[windows];
        limit();
        operation();
        for (var i = 0; i < windows; i++)
        {
            var start = Stopwatch.GetTimestamp();
            limit();
            var middle = Stopwatch.GetTimestamp();
            operation();
            limits[i] = Stopwatch.GetElapsedTime(start, middle).TotalSeconds;
            values[i] = Stopwatch.GetElapsedTime(middle).TotalSeconds;
        }

        return (limits.Median(), values.Median());
    }

    private static double AnyWindow(int threads, int repeats, Action<int> operation) =>
        threads == 1 ? Window(0, repeats, operation) : ParallelWindow(threads, repeats, operation);

    private static int Calibrate(Action<int> operation)
    {
        // The first calls run code that the runtime has yet to optimise; the calibration must not see them.
        var start = Stopwatch.GetTimestamp();
        do
        {
            operation(0);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUpSeconds);

        var repeats = 1;
        while (true)
        {
            var seconds = Window(0, repeats, operation);
            if (seconds >= WindowSeconds / 4)
            {
                return Math.Max(1, (int)(repeats * WindowSeconds / seconds));
            }

            repeats *= 4;
        }
    }

    private static double Window(int thread, int repeats, Action<int> operation)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < repeats; i++)
        {
            operation(thread);
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double ParallelWindow(int threads, int repeats, Action<int> operation)
    {
        using var ready = new Barrier(threads + 1);
        var workers = new Thread[threads];
        for (var t = 0; t < threads; t++)
        {
            var thread = t;
            workers[t] = new Thread(() =>
            {
                operation(thread);
                ready.SignalAndWait();
                for (var i = 0; i < repeats; i++)
                {
                    operation(thread);
                }
            });
            workers[t].Start();
        }

        ready.SignalAndWait();
        var start = Stopwatch.GetTimestamp();
        foreach (var worker in workers)
        {
            worker.Join();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
