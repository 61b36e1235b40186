using System.Globalization;
using Tessera.Host.CommandLine;
using Tessera.Host.Configuration;
using Tessera.Host.Fitting;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Fitting;

/// <summary>Parameters that were planted in a trace must come back, with standard errors that mean what they say.</summary>
public sealed class DeviceFitTests
{
    private const double DwMin = 0.01;
    private const double Most = 0.8;
    private const double Least = -0.6;

    private sealed record Planted(string Device, Func<bool, double, double> Step, Dictionary<string, double[]> Fields, string[] Options);

    private static readonly Planted[] Devices =
    [
        new(
            "LinearStep",
            (isDown, w) => isDown ? 0.8 * DwMin * (1 - (0.25 * w / Least)) : DwMin * (1 - (0.5 * w / Most)),
            new() { ["dw_min"] = [DwMin], ["up_down"] = [0.2], ["w_max"] = [Most], ["w_min"] = [Least], ["gamma_up"] = [0.5], ["gamma_down"] = [0.25] },
            []),
        new(
            "SoftBounds",
            (isDown, w) => isDown ? DwMin * (1 - (w / Least)) : 0.7 * DwMin * (1 - (w / Most)),
            new() { ["dw_min"] = [DwMin], ["up_down"] = [-0.3], ["w_max"] = [Most], ["w_min"] = [Least] },
            []),
        new(
            "PowStep",
            (isDown, w) => isDown ? DwMin * Math.Pow((w - Least) / (Most - Least), 1.5) : 0.9 * DwMin * Math.Pow((Most - w) / (Most - Least), 2),
            new() { ["dw_min"] = [DwMin], ["up_down"] = [-0.1], ["w_max"] = [Most], ["w_min"] = [Least], ["pow_gamma"] = [2], ["pow_up_down"] = [0.25] },
            []),
        new(
            "ExpStep",
            (isDown, w) =>
            {
                double z = (2 * w / (Most - Least) * 0.244) + 0.2425;
                return isDown ? 0.85 * DwMin * Math.Max(1 - (0.36833 * Math.Exp(-12.78785 * z)), 0) : DwMin * Math.Max(1 - (0.00081 * Math.Exp(12.44625 * z)), 0);
            },
            new()
            {
                ["dw_min"] = [DwMin], ["up_down"] = [0.15], ["w_max"] = [Most], ["w_min"] = [Least],
                ["A_up"] = [0.00081], ["A_down"] = [0.36833], ["gamma_up"] = [12.44625], ["gamma_down"] = [12.78785],
            },
            []),
        new(
            "PiecewiseStep",
            (isDown, w) =>
            {
                double p = (w - Least) / (Most - Least) * 2;
                double[] nodes = isDown ? [0.5, 0.9, 1.4] : [1.5, 1, 0.4];
                int k = Math.Clamp((int)p, 0, 1);
                return DwMin * (nodes[k] + ((nodes[k + 1] - nodes[k]) * (p - k)));
            },
            new() { ["dw_min"] = [DwMin], ["w_max"] = [Most], ["w_min"] = [Least], ["piecewise_up"] = [1.5, 1, 0.4], ["piecewise_down"] = [0.5, 0.9, 1.4] },
            ["--nodes", "3"]),
    ];

    public static TheoryData<string, double, double, uint> Noisy
    {
        get
        {
            TheoryData<string, double, double, uint> rows = [];
            foreach (Planted planted in Devices)
            {
                rows.Add(planted.Device, 0.3, 0, 1u);
                rows.Add(planted.Device, 0.3, 0.01, 2u);
                rows.Add(planted.Device, 0.05, 0.02, 3u);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Noisy))]
    public void Planted_parameters_are_recovered_within_their_standard_errors(string device, double cycleNoise, double readNoise, uint seed)
    {
        Planted planted = Find(device);
        FitResult fit = Fit(planted, cycleNoise, readNoise, seed, every: 1);
        double squares = 0;
        int count = 0;
        foreach ((string name, double[] values) in planted.Fields)
        {
            Estimate[] estimates = fit.Fields.Single(field => field.Name == name).Values;
            for (int item = 0; item < values.Length; item++)
            {
                if (estimates[item].Error is not { } error) { continue; }
                double off = (estimates[item].Value - values[item]) / (error + (1e-6 * Math.Abs(values[item])));
                Assert.True(Math.Abs(off) < 4, $"{name}[{item}]: {estimates[item].Value} +- {error}, planted {values[item]}\n{string.Join('\n', FitReport.Lines(fit))}");
                squares += off * off;
                count++;
            }
        }

        // One standard error on average: much less would mean that the errors are exaggerated.
        Assert.True(count >= planted.Fields.Count - 2, $"{count} estimates");
        Assert.InRange(squares / count, 0, 3);
        Assert.InRange(fit.CycleNoise.Value, cycleNoise - (5 * fit.CycleNoise.Error!.Value) - 1e-3, cycleNoise + (5 * fit.CycleNoise.Error!.Value) + 1e-3);
        if (readNoise > 0) { Assert.InRange(fit.ReadNoise.Value, readNoise - (5 * fit.ReadNoise.Error!.Value), readNoise + (5 * fit.ReadNoise.Error!.Value)); }
    }

    [Theory]
    [InlineData("LinearStep", 1)]
    [InlineData("SoftBounds", 1)]
    [InlineData("PowStep", 1)]
    [InlineData("ExpStep", 1)]
    [InlineData("PiecewiseStep", 1)]
    [InlineData("SoftBounds", 20)]
    [InlineData("PowStep", 20)]
    public void A_trace_without_noise_gives_the_parameters_back(string device, int every)
    {
        Planted planted = Find(device);
        FitResult fit = Fit(planted, 0, 0, 1, every);
        foreach ((string name, double[] values) in planted.Fields)
        {
            Estimate[] estimates = fit.Fields.Single(field => field.Name == name).Values;
            for (int item = 0; item < values.Length; item++)
            {
                Assert.True(
                    Math.Abs(estimates[item].Value - values[item]) < 2e-3 * Math.Abs(values[item]),
                    $"{name}[{item}]: {estimates[item].Value}, planted {values[item]}\n{string.Join('\n', FitReport.Lines(fit))}");
            }
        }
    }

    [Theory]
    [InlineData("LinearStep")]
    [InlineData("SoftBounds")]
    [InlineData("PowStep")]
    [InlineData("ExpStep")]
    [InlineData("PiecewiseStep")]
    public void The_file_written_is_an_experiment_with_the_fitted_device(string device)
    {
        Planted planted = Find(device);
        using TemporaryFolder folder = new();
        string csv = folder.Write("trace.csv", SyntheticTrace.Csv(planted.Step, Most, Least, 0.2, 0.005, 5));
        string yaml = folder.PathOf("fitted.yaml");
        CliRun run = CliRun.Of(["devices", "fit", csv, "--device", device, "--out", yaml, .. planted.Options]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("+-", run.Out);
        string text = File.ReadAllText(yaml);
        Assert.Contains("write_noise_std:", text);
        Assert.Contains("# dw_min", text);
        string resolved = ExperimentLoader.ToYaml(ExperimentLoader.Load(new ExperimentSource { File = yaml }));
        Assert.Contains($"type: {device}Device", resolved);
        string dwMin = text.Split('\n').Single(line => line.StartsWith("    dw_min:", StringComparison.Ordinal)).Split(':')[1];
        Assert.Equal(DwMin, double.Parse(dwMin, CultureInfo.InvariantCulture), 0.3 * DwMin);
    }

    [Fact]
    public void Conductances_are_mapped_to_weights_from_minus_one_to_one()
    {
        Planted planted = Find("SoftBounds");
        using TemporaryFolder folder = new();
        string[] lines = SyntheticTrace.Csv(planted.Step, Most, Least, 0, 0, 1).TrimEnd().Split('\n');
        string Siemens(string line)
        {
            string[] cells = line.Split(',');
            return string.Create(CultureInfo.InvariantCulture, $"{cells[0]},{cells[1]},{5e-6 + (1e-5 * double.Parse(cells[2], CultureInfo.InvariantCulture)):R}");
        }

        string csv = folder.Write("trace.csv", string.Join('\n', lines.Select((line, index) => index == 0 ? "pulse,direction,conductance" : Siemens(line))));
        PulseData data = PulseData.Read(csv);
        Assert.Equal((-1, 1), (data.Least, data.Most));
        Assert.Contains("became weights from -1 to 1", data.Mapping);
    }

    [Fact]
    public void What_the_data_leave_open_is_said_and_can_be_given()
    {
        // Ten pulses each way never come near a bound.
        Planted planted = Find("LinearStep");
        using TemporaryFolder folder = new();
        string csv = folder.Write("trace.csv", SyntheticTrace.Csv(planted.Step, Most, Least, 0.1, 0, 1, length: 30));
        string yaml = folder.PathOf("x.yaml");
        CliRun open = CliRun.Of("devices", "fit", csv, "--device", "LinearStep", "--out", yaml);
        Assert.Contains("the data leave it open", open.Out);
        CliRun given = CliRun.Of("devices", "fit", csv, "--device", "LinearStepDevice", "--out", yaml, "--fix", "w_max=0.8", "--fix", "w_min=-0.6");
        Assert.Contains("(held)", given.Out);
        Assert.DoesNotContain("leave it open", given.Out);
    }

    [Theory]
    [InlineData("", "--device SoftBounds", 1, "has 0 measurements")]
    [InlineData("a,b\n", "--device SoftBounds", 1, "bad.csv:1: saw the columns a, b")]
    [InlineData("pulse,direction,weight\n0,none,0\n1,sideways,0.1\n", "--device SoftBounds", 1, "bad.csv:3: direction: saw 'sideways', expected up or down")]
    [InlineData("pulse,direction,weight\n0,none,0\n1,up,much\n", "--device SoftBounds", 1, "bad.csv:3: saw 'much', expected a finite number")]
    [InlineData("pulse,direction,weight\n5,none,0\n5,up,0.1\n", "--device SoftBounds", 1, "bad.csv:3: pulse: saw '5', expected a whole number above 5")]
    [InlineData("pulse,direction,weight\n0,none\n", "--device SoftBounds", 1, "bad.csv:2: has 2 values; expected at least 3")]
    [InlineData("pulse,direction,weight\n0,none,0\n1,up,nan\n", "--device SoftBounds", 1, "saw 'nan', expected a finite number")]
    [InlineData("UPONLY", "--device SoftBounds", 1, "all pulses have one direction")]
    [InlineData("CONSTANT", "--device SoftBounds", 1, "every weight is 0.1")]
    [InlineData("SHIFTED", "--device SoftBounds", 1, "expected 0 between them")]
    [InlineData("GOOD", "", 2, "There is no --device; expected one of PowStep")]
    [InlineData("GOOD", "--device SoftBound", 2, "Did you mean 'SoftBounds'?")]
    [InlineData("GOOD", "--device PiecewiseStep --nodes 1", 2, "--nodes: saw '1'")]
    [InlineData("GOOD", "--device SoftBounds --fix w_max", 2, "--fix: saw 'w_max', expected NAME=VALUE")]
    [InlineData("GOOD", "--device SoftBounds --fix w_mx=1", 2, "Did you mean 'w_max'?")]
    public void Bad_input_is_explained(string text, string options, int code, string fragment)
    {
        string Rows(Func<int, string> row) => "pulse,direction,weight\n" + string.Concat(Enumerable.Range(0, 20).Select(index => row(index) + "\n"));
        text = text switch
        {
            "UPONLY" => Rows(index => string.Create(CultureInfo.InvariantCulture, $"{index},up,{0.01 * index}")),
            "CONSTANT" => Rows(index => $"{index},{(index % 2 == 0 ? "up" : "down")},0.1"),
            "SHIFTED" => Rows(index => string.Create(CultureInfo.InvariantCulture, $"{index},{(index < 10 ? "up" : "down")},{5 + (0.1 * index)}")),
            "GOOD" => Rows(index => string.Create(CultureInfo.InvariantCulture, $"{index},{(index < 10 ? "up" : "down")},{(index < 10 ? 0.1 * index : 1.8 - (0.1 * index))}")),
            _ => text,
        };
        using TemporaryFolder folder = new();
        string file = folder.Write("bad.csv", text);
        CliRun run = CliRun.Of(["devices", "fit", file, "--out", folder.PathOf("x.yaml"), .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(code, run.ExitCode);
        Assert.Contains(fragment, run.Error);
        Assert.DoesNotContain("unexpected failure", run.Error);
        Assert.False(File.Exists(folder.PathOf("x.yaml")));
    }

    [Fact]
    public void A_missing_file_is_explained()
    {
        CliRun run = CliRun.Of("devices", "fit", "/nowhere/at/all.csv", "--device", "SoftBounds");
        Assert.Equal(ExitCode.Misused, run.ExitCode);
        Assert.Contains("There is no file '/nowhere/at/all.csv'", run.Error);
    }

    private static Planted Find(string device) => Devices.Single(planted => planted.Device == device);

    private static FitResult Fit(Planted planted, double cycleNoise, double readNoise, uint seed, int every)
    {
        using TemporaryFolder folder = new();
        string csv = folder.Write("trace.csv", SyntheticTrace.Csv(planted.Step, Most, Least, cycleNoise, readNoise, seed, every: every));
        return DeviceFit.Run(StepLaws.Find(planted.Device, 3)!, PulseData.Read(csv), new Dictionary<string, double>());
    }
}
