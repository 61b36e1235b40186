using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tests.Devices;

namespace Tessera.Kernels.Tests.Configuration;

/// <summary>Device presets have aihwkit's values and can be named, and changed, in a file.</summary>
public sealed class DevicePresetTests
{
    [Theory]
    [InlineData("ReRamESPresetDevice")]
    [InlineData("ReRamSBPresetDevice")]
    [InlineData("EcRamPresetDevice")]
    [InlineData("IdealizedPresetDevice")]
    [InlineData("GokmenVlasovPresetDevice")]
    [InlineData("PCMPresetDevice")]
    [InlineData("ReRamArrayHfO2PresetDevice")]
    public void Values_are_those_of_the_golden_file(string name)
    {
        using var file = GoldenData.Open("hidden_parameters.json");
        var fields = file.RootElement.GetProperty("devices").GetProperty(name).GetProperty("params");
        Assert.Equal(GoldenDevice.Parameters(name, fields, 0), Preset(name));
    }

    [Fact]
    public void Values_of_the_others_are_those_of_their_table()
    {
        var capacitor = (LinearStepDevice)Preset("CapacitorPresetDevice");
        Assert.Equal((0.005f, 0.1f, 0.06f, 1f, -1f, 0.07f, 0.07f), (
            capacitor.DwMin, capacitor.DwMinDtod, capacitor.UpDownDtod, capacitor.WMax, capacitor.WMin, capacitor.WMaxDtod, capacitor.WMinDtod));
        Assert.Equal((0.05f, 0.05f, 0.01f, 0.01f, 1e6f, 0.3f, false), (
            capacitor.GammaUp, capacitor.GammaDown, capacitor.GammaUpDtod, capacitor.GammaDownDtod, capacitor.Lifetime, capacitor.LifetimeDtod, capacitor.MultNoise));
        Assert.Equal(
            new LinearStepDevice
            {
                DwMin = 2.8214e-4f,
                DwMinDtod = 0.1f,
                DwMinStd = 2,
                WMax = 1.1714f,
                WMin = -0.8286f,
                WMaxDtod = 0.05f,
                WMinDtod = 0.05f,
                GammaUp = 0.4152f,
                GammaDown = 0.7342f,
            },
            Preset("EcRamMOPresetDevice"));
        Assert.Equal(
            (SoftBoundsReferenceDevice)Preset("ReRamArrayHfO2PresetDevice") with
            {
                DwMin = 0.0949f,
                DwMinDtod = 0.7829f,
                DwMinStd = 0.4158f,
                WMaxDtod = 0.3499f,
                WMinDtod = 0.5695f,
                WriteNoiseStd = 1.4113f,
            },
            Preset("ReRamArrayOMPresetDevice"));
    }

    [Fact]
    public void Every_preset_can_be_built_and_is_named_once()
    {
        Assert.Equal(10, DevicePresets.All.Select(preset => preset.Name).Distinct().Count());
        foreach (var preset in DevicePresets.All)
        {
            using var devices = DeviceArrays.Create(preset.Device, new UpdateParameters(), 3, 4, new TileIdentity(1, 1));
            Assert.True(devices.WeightGranularity > 0, preset.Name);
        }
    }

    [Fact]
    public void A_file_names_a_preset_and_changes_what_it_likes()
    {
        Assert.Equal(Preset("ReRamESPresetDevice"), Read("\"ReRamESPresetDevice\""));
        Assert.Equal(
            (ExpStepDevice)Preset("ReRamESPresetDevice") with { WriteNoiseStd = 0, AmplitudeUp = -1.5f, Drift = new DriftParameter { Nu = 0.1f } },
            Read("""{"type": "ReRamESPresetDevice", "write_noise_std": 0, "A_up": -1.5, "drift": {"nu": 0.1}}"""));
        Assert.Equal(5f, ((ExpStepDevice)Preset("ReRamESPresetDevice")).DwMinStd);
    }

    [Fact]
    public void A_preset_is_its_values_and_nothing_else()
    {
        var preset = new SingleRPUConfig { Device = Read("\"PCMPresetDevice\"") };
        Assert.Equal(ConfigurationHash.Compute(new SingleRPUConfig { Device = Preset("PCMPresetDevice") }), ConfigurationHash.Compute(preset));
        Assert.Equal(preset, RpuConfigText.Read(RpuConfigText.Write(preset)));
    }

    [Fact]
    public void A_near_miss_finds_the_preset_and_derived_fields_cannot_be_given()
    {
        Assert.Contains("Did you mean 'EcRamPresetDevice'?", Problems("\"EcRamPresetDevise\""));
        Assert.Contains("unknown field 'w_max'", Problems("""{"type": "SoftBoundsPmaxDevice", "w_max": 1}"""));
        Assert.Contains("p_max", Assert.Single(PhysicsValidation.Of(new SoftBoundsPmaxDevice { DwMin = 0.1f })));
    }

    private static DeviceParameters Preset(string name) => DevicePresets.All.Single(preset => preset.Name == name).Device;

    private static DeviceParameters Read(string device)
    {
        var (config, problems) = Bind(device);
        Assert.Empty(problems.All);
        return ((SingleRPUConfig)config!).Device;
    }

    private static string Problems(string device) => string.Join('\n', Bind(device).Problems.All);

    private static (RpuConfig? Config, ConfigProblems Problems) Bind(string device)
    {
        ConfigProblems problems = new(new SourceMark("test"));
        var node = JsonTreeReader.Read($"{{\"type\": \"SingleRPUConfig\", \"device\": {device}}}", "test", problems)!;
        return (new ConfigBinder(ConfigTypeRegistry.Physics, problems).Bind<RpuConfig>(node), problems);
    }
}
