using System.Xml.Linq;
using Tessera.Host.CommandLine;
using Tessera.Host.Plots;
using Tessera.Host.Tests.CommandLine;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Tests.Plots;

public sealed class DevicesCommandTests
{
    [Fact]
    public void Every_device_and_preset_has_a_line_with_a_sentence()
    {
        CliRun run = CliRun.Of("devices");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string[] lines = run.Out.TrimEnd().Split('\n');
        string[] names = [.. ConfigTypeRegistry.Physics.ChoicesFor(typeof(DeviceParameters)).Select(choice => choice.Name)];
        Assert.Equal(names, lines.Take(names.Length).Select(line => line.Split(' ')[0]));
        Assert.All(lines, line => Assert.Matches(@"^[\w-]+ +[A-Z].+\.$", line));
        Assert.DoesNotContain("without a description", run.Out);
        Assert.Contains(lines, line => line.StartsWith("AGADEcRamPreset ", StringComparison.Ordinal) && line.EndsWith("Preset of UnitCellRPUConfig: EcRam, analog gradient accumulation with dynamic reference.", StringComparison.Ordinal));
        Assert.Equal(BuildConfig.Rules.Select(rule => rule.Name), lines.TakeLast(BuildConfig.Rules.Count).Select(line => line.Split(' ')[0]));
        Assert.Contains(lines, line => line.StartsWith("c-ttv2 ", StringComparison.Ordinal) && line.Contains("(also chopped-ttv2, ttv3)", StringComparison.Ordinal));
    }

    [Fact]
    public void A_learning_rule_is_drawn_on_soft_bounds_devices()
    {
        Assert.Contains("ttv3 (ChoppedTransferCompound of SoftBoundsDevice, SoftBoundsDevice)", Texts("TTv3"));
        Assert.Contains("sgd (SoftBoundsDevice)", Texts("sgd"));
    }

    [Fact]
    public void Every_pulsed_device_can_be_drawn()
    {
        foreach (ConfigChoice choice in ConfigTypeRegistry.Physics.ChoicesFor(typeof(DeviceParameters)))
        {
            if (choice.Create() is not PulsedDeviceParameters) { continue; }
            XElement svg = XDocument.Parse(DevicePlot.Draw(DeviceCatalog.Find(choice.Name))).Root!;
            string[] texts = [.. svg.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value)];
            foreach (string label in new[] { "pulses", "weight", "change of the weight", "mean", "single devices", "up", "down" }) { Assert.Contains(label, texts); }
            Assert.Contains(texts, text => text.StartsWith(choice.Name, StringComparison.Ordinal));
            string[] clips = [.. svg.Descendants().Where(element => element.Name.LocalName == "clipPath").Select(element => element.Attribute("id")!.Value)];
            Assert.Equal(clips.Length, clips.Distinct().Count());
            Assert.DoesNotContain("NaN", svg.ToString());
        }
    }

    [Theory]
    [InlineData("VectorUnitCell", 2)]
    [InlineData("ReferenceUnitCell", 2)]
    [InlineData("OneSidedUnitCell", 2)]
    [InlineData("TransferCompound", 2)]
    [InlineData("BufferedTransferCompound", 2)]
    [InlineData("ChoppedTransferCompound", 2)]
    [InlineData("DynamicTransferCompound", 2)]
    [InlineData("PCMPresetUnitCell", 2)]
    [InlineData("TTv2EcRamPreset", 2)]
    [InlineData("Capacitor4Preset", 4)]
    public void A_cell_is_drawn_with_the_weights_of_its_devices(string name, int devices)
    {
        string[] texts = Texts(name);
        foreach (string label in new[] { "weight", "weight of a device", "single devices" }) { Assert.Contains(label, texts); }
        Assert.Equal(Enumerable.Range(0, devices).Select(index => $"device {index}"), texts.Where(text => text.StartsWith("device ", StringComparison.Ordinal)));
        Assert.DoesNotContain(texts, text => text.StartsWith("hidden_weights", StringComparison.Ordinal) || text.StartsWith("buffered", StringComparison.Ordinal));
    }

    [Fact]
    public void A_digital_sum_is_drawn_with_the_step_of_its_device()
    {
        string[] texts = Texts("MixedPrecisionCompound");
        Assert.Contains("change of the weight", texts);
        Assert.Contains("MixedPrecisionCompound of SoftBoundsDevice", texts);
        Assert.Contains("device 1", Texts("MixedPrecisionPCMPreset"));
    }

    [Fact]
    public void Transfers_move_the_visible_weight_of_a_compound()
    {
        using DeviceResponse response = new(DeviceCatalog.Find("TransferCompound"));
        float[] fast = response.Parts[0].Curve[^1].Weights;
        float[] slow = response.Parts[1].Curve[^1].Weights;
        Assert.Equal(response.Curve[^1].Weights, slow);
        Assert.NotEqual(fast, slow);

        // The slow devices still rise when the fast ones fall already.
        (int turn, float[] top) = response.Curve.Single(point => point.Pulse == response.Pulses);
        int next = response.Curve.ToList().FindIndex(point => point.Pulse == turn) + 1;
        Assert.True(response.Parts[0].Curve[next].Weights.Average() < response.Parts[0].Curve[next - 1].Weights.Average());
        Assert.True(response.Curve[next].Weights.Average() >= top.Average());
        Assert.True(response.Curve[^1].Weights.Average() < 0);
    }

    [Theory]
    [InlineData("rpu_config: {build_config: agad, device: EcRamPresetDevice}\n", "mine (DynamicTransferCompound of LinearStepDevice, LinearStepDevice)")]
    [InlineData("build_config: ttv1\ndevice: SoftBoundsDevice\n", "mine (TransferCompound of SoftBoundsDevice, SoftBoundsDevice)")]
    [InlineData("rpu_config: AGADEcRamPreset\n", "mine (DynamicTransferCompound of LinearStepDevice, LinearStepDevice)")]
    [InlineData("rpu_config:\n  type: TTv2EcRamPreset\n  device: {in_chop_prob: 0.1}\n", "mine (ChoppedTransferCompound of LinearStepDevice, LinearStepDevice)")]
    [InlineData("type: UnitCellRPUConfig\ndevice: {type: VectorUnitCell, unit_cell_devices: [SoftBoundsDevice]}\n", "mine (VectorUnitCell of SoftBoundsDevice)")]
    public void A_cell_of_a_configuration_file_is_drawn(string text, string title)
    {
        using TemporaryFolder folder = new();
        Assert.Contains(title, Texts(folder.Write("mine.yaml", text)));
    }

    [Fact]
    public void Parameters_that_vary_have_a_histogram_and_others_none()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("mine.yaml", "type: LinearStepDevice\nw_max_dtod: 0\ngamma_up_dtod: 0\ndw_min_dtod: 0\nup_down_dtod: 0\n");
        string svg = DevicePlot.Draw(DeviceCatalog.Find(file));
        Assert.Contains("min_bound", svg);
        Assert.Contains("slope_down", svg);
        Assert.DoesNotContain("max_bound", svg);
        Assert.DoesNotContain("slope_up", svg);
        Assert.Contains("mine (LinearStepDevice)", svg);
    }

    [Theory]
    [InlineData("rpu_config:\n  device: {type: SoftBoundsDevice, dw_min: 0.01}\n")]
    [InlineData("device: SoftBoundsDevice\n")]
    [InlineData("type: SoftBoundsDevice\n")]
    public void A_device_of_a_configuration_file_is_drawn(string text)
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("mine.yaml", text);
        string target = folder.PathOf("mine.svg");
        CliRun run = CliRun.Of("devices", "--plot", file, "--out", target);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("mine (SoftBoundsDevice)", File.ReadAllText(target));
    }

    [Theory]
    [InlineData("", "there is no device 'SoftBond'", "--plot", "SoftBond")]
    [InlineData("", "Did you mean 'SoftBoundsDevice'?", "--plot", "SoftBoundsDevic")]
    [InlineData("", "there is no file 'none.yaml'", "--plot", "none.yaml")]
    [InlineData("", "give --plot NAME with it", "--out", "x.svg")]
    [InlineData("", "is updated without pulses", "--plot", "IdealDevice")]
    [InlineData("seed: 1\n", "names no device; expected rpu_config.device", "--plot", "FILE")]
    [InlineData("type: SoftBoundsDevice\ndw_mim: 1\n", "Did you mean 'dw_min'?", "--plot", "FILE")]
    [InlineData("type: SoftBoundsDevice\ndw_min: -1\n", "dw_min", "--plot", "FILE")]
    [InlineData("type: [\n", "not valid YAML", "--plot", "FILE")]
    public void Bad_input_is_explained(string text, string fragment, params string[] arguments)
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("mine.yaml", text);
        CliRun run = CliRun.Of(["devices", .. arguments.Select(argument => argument == "FILE" ? file : argument)]);
        Assert.Equal(ExitCode.Misused, run.ExitCode);
        Assert.Contains(fragment, run.Error);
        Assert.DoesNotContain("unexpected failure", run.Error);
    }

    [Fact]
    public void A_folder_in_place_of_the_drawing_is_explained()
    {
        using TemporaryFolder folder = new();
        CliRun run = CliRun.Of("devices", "--plot", "SoftBoundsDevice", "--out", folder.Root);
        Assert.Equal(ExitCode.Misused, run.ExitCode);
        Assert.Contains("is a folder", run.Error);
        CliRun nowhere = CliRun.Of("devices", "--plot", "SoftBoundsDevice", "--out", "/nowhere/at/all.svg");
        Assert.Equal(ExitCode.Misused, nowhere.ExitCode);
        Assert.Contains("--out: '/nowhere/at/all.svg' cannot be written", nowhere.Error);
    }

    private static string[] Texts(string name) =>
        [.. XDocument.Parse(DevicePlot.Draw(DeviceCatalog.Find(name))).Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value)];
}
