using System.Globalization;
using Tessera.Host.CommandLine;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Sweeps;

/// <summary>A part of a sweep, chosen on the command line; its results are those that the whole sweep would have, and count when that is started.</summary>
internal static class SweepFilter
{
    /// <summary>Leaves the values of an axis that are named.</summary>
    /// <param name="plan">The sweep.</param>
    /// <param name="text"><c>axis=value,value</c>.</param>
    /// <exception cref="CommandLineException">There is no such axis or value.</exception>
    public static SweepPlan Only(SweepPlan plan, string text)
    {
        string[] parts = text.Split('=', 2);
        List<string> names = [.. plan.Axes.Select(axis => axis.Name)];
        if (parts.Length != 2) { throw new CommandLineException($"--only: saw '{text}', expected AXIS=VALUE,VALUE with an axis of the sweep: {string.Join(", ", names)}."); }
        SweepAxis axis = plan.Axes.FirstOrDefault(axis => axis.Name == parts[0])
            ?? throw new CommandLineException($"--only: the sweep has no axis '{parts[0]}'.{ConfigNames.Suggest(parts[0], names)}");
        List<string> values = [.. axis.Values.Select(value => value.Name)];
        string[] wanted = parts[1].Split(',', StringSplitOptions.TrimEntries);
        foreach (string value in wanted.Where(value => !values.Contains(value)))
        {
            throw new CommandLineException($"--only: axis '{axis.Name}' has no value '{value}'.{ConfigNames.Suggest(value, values)}");
        }

        SweepAxis left = axis with { Values = [.. axis.Values.Where(value => wanted.Contains(value.Name))] };
        return plan with { Axes = [.. plan.Axes.Select(other => other == axis ? left : other)] };
    }

    /// <summary>Leaves the seeds of a range.</summary>
    /// <param name="plan">The sweep.</param>
    /// <param name="text">One seed, or <c>first..last</c>.</param>
    /// <exception cref="CommandLineException">The sweep has none of them.</exception>
    public static SweepPlan Seeds(SweepPlan plan, string text)
    {
        string[] ends = text.Split("..");
        if (ends.Length > 2 || !TryRead(ends[0], out ulong first) || !TryRead(ends[^1], out ulong last) || first > last)
        {
            throw new CommandLineException($"--seeds: saw '{text}', expected a seed, or a range such as 1..2.");
        }

        List<ulong> left = [.. plan.Seeds.Where(seed => seed >= first && seed <= last)];
        return left.Count > 0
            ? plan with { Seeds = left }
            : throw new CommandLineException(string.Create(
                CultureInfo.InvariantCulture, $"--seeds: the sweep has no seed in '{text}'; its seeds are {string.Join(", ", plan.Seeds.Take(10))}{(plan.Seeds.Count > 10 ? ", ..." : "")}."));
    }

    private static bool TryRead(string text, out ulong seed) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seed);
}
