using Tessera.Host.CommandLine;
using Tessera.Host.Configuration;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Host.Programming;

/// <summary>Reads the description of a map and refuses what cannot be run, with every reason at once.</summary>
internal static class ProgrammingLoader
{
    private const long FileBytesMax = 1 << 20;
    private const int SideMax = 512;
    private const int PointsMax = 100_000;

    /// <summary>Loads a map.</summary>
    /// <exception cref="CommandLineException">There is no such file.</exception>
    /// <exception cref="ConfigurationException">It is wrong; all problems at once.</exception>
    public static ProgrammingConfig Load(string file)
    {
        if (Directory.Exists(file)) { throw new CommandLineException($"'{file}' is a folder; expected a file such as examples/weight-programming.yaml."); }
        FileInfo info = new(file);
        if (!info.Exists) { throw new CommandLineException($"There is no file '{file}'; check the path, or start from examples/weight-programming.yaml."); }
        if (info.Length > FileBytesMax) { throw new CommandLineException($"'{file}' has {info.Length:N0} bytes; a description of a map has at most {FileBytesMax:N0}."); }
        ConfigProblems problems = new(new SourceMark(file));
        ConfigNode? root = YamlTreeReader.Read(File.ReadAllText(file), file, problems);
        problems.ThrowIfAny();
        if (root is not ConfigMap map)
        {
            string seen = root is null ? "nothing" : root.Describe();
            throw new CommandLineException($"'{file}': saw {seen}, expected the fields of a map; start from examples/weight-programming.yaml.");
        }

        if (map.Find("network") is not null && map.Find("rules") is null)
        {
            throw new CommandLineException(
                $"'{file}' is an experiment with a network; run it with 'tessera train {file}'. A map has rules, as examples/weight-programming.yaml.");
        }

        ProgrammingConfig? config = new ConfigBinder(ConfigTypeRegistry.Physics, problems).Bind<ProgrammingConfig>(map);
        problems.ThrowIfAny();
        Check(config!, problems);
        problems.ThrowIfAny();
        return config!;
    }

    private static void Check(ProgrammingConfig config, ConfigProblems problems)
    {
        FieldChecks checks = new(problems, "");
        checks.Between("rows", config.Rows, 1, SideMax);
        checks.Between("columns", config.Columns, 1, SideMax);
        checks.Positive("target_std", config.TargetStd);
        checks.AtLeast("updates", config.Updates, 1);
        checks.AtLeast("constructions", config.Constructions, 1);
        CheckAxis("states", config.States, least: 1, "It is a number of pulses.", checks);
        CheckAxis("reference_std", config.ReferenceStd, least: 0, "It is a standard deviation.", checks);
        CheckRange(config.WeightDevice, checks.Inside("weight_device"));
        CheckRange(config.GradientDevice, checks.Inside("gradient_device"));
        if (config.Rules.Count == 0) { checks.Fail("rules", "saw none, expected a rule or more, each with a name and an rpu_config."); }
        long points = (long)config.Rules.Count * config.States.Count * config.ReferenceStd.Count;
        if (points > PointsMax) { checks.Fail("rules", $"saw a map of {points:N0} places, expected at most {PointsMax:N0}; shorten states or reference_std."); }
        if (problems.All.Count == 0) { CheckRules(config, checks, problems); }
    }

    private static void CheckRules(ProgrammingConfig config, FieldChecks checks, ConfigProblems problems)
    {
        HashSet<string> names = [];
        for (int index = 0; index < config.Rules.Count; index++)
        {
            ProgrammingRule rule = config.Rules[index];
            FieldChecks inside = checks.Inside($"rules.{index}");
            if (string.IsNullOrWhiteSpace(rule.Name)) { inside.Fail("name", "saw nothing, expected a name for tables and pictures."); }
            else if (!names.Add(rule.Name)) { inside.Fail("name", $"saw '{rule.Name}' again; give each rule a name of its own."); }
            inside.Positive("learning_rate", rule.LearningRate);
            AnalogRPUConfig physics = new ProgrammingPoint(index, config.States[0], config.ReferenceStd[0]).Physics(config);
            RpuConfigValidator.Validate(physics, inside.PathOf("rpu_config"), problems);
        }
    }

    private static void CheckAxis(string field, IReadOnlyList<float> values, float least, string advice, FieldChecks checks)
    {
        if (values.Count == 0) { checks.Fail(field, "saw an empty list, expected a number or more."); }
        for (int index = 0; index < values.Count; index++)
        {
            if (!(values[index] >= least) || !float.IsFinite(values[index]))
            {
                checks.Fail($"{field}.{index}", $"saw {FieldChecks.Text(values[index])}, expected {FieldChecks.Text(least)} or more. {advice}");
            }
            else if (index > 0 && !(values[index] > values[index - 1]))
            {
                checks.Fail($"{field}.{index}", $"saw {FieldChecks.Text(values[index])} after {FieldChecks.Text(values[index - 1])}, expected rising numbers.");
            }
        }
    }

    private static void CheckRange(SoftBoundsReferenceDevice device, FieldChecks checks)
    {
        device.Check(checks);
        if (!(device.WMax > device.WMin)) { checks.Fail("w_max", $"saw no room between w_min {FieldChecks.Text(device.WMin)} and w_max, expected a range."); }
    }
}
