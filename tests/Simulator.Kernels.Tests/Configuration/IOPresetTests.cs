using System.Text;
using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Tests.Configuration;

/// <summary>Read-out presets by name, with overrides, and what they are in a hash (spec presets, section 1).</summary>
public sealed class IOPresetTests
{
    [Fact]
    public void A_preset_is_its_name_or_its_fields_with_overrides()
    {
        var config = Read(
            """
            "forward": "StandardIOParameters", "backward": {"type": "PresetIOParameters", "out_noise": 0.2, "mv_type": "PosNegSeparate"}
            """);

        Assert.Equal(new StandardIOParameters(), config.Forward);
        Assert.Equal((1 / 254f, 1 / 254f, 10f, 0.04f), (config.Forward.InpRes, config.Forward.OutRes, config.Forward.OutBound, config.Forward.OutNoise));
        Assert.Equal(new PresetIOParameters { OutNoise = 0.2f, MvType = AnalogMVType.PosNegSeparate }, config.Backward);
        Assert.Equal(20f, config.Backward.OutBound);
        var web = new WebComposerIOParameters();
        Assert.Equal((new PresetIOParameters().OutBound, new PresetIOParameters().OutNoise), (web.OutBound, web.OutNoise));
    }

    [Fact]
    public void The_update_has_a_preset_with_the_values_of_its_defaults()
    {
        var config = Read("\"update\": {\"type\": \"PresetUpdateParameters\", \"desired_bl\": 100}");
        Assert.Equal(new PresetUpdateParameters { DesiredBl = 100 }, config.Update);
        var preset = new PresetUpdateParameters();
        Assert.Equal((31, PulseType.StochasticCompressed, true, true), (preset.DesiredBl, preset.PulseType, preset.UpdateBlManagement, preset.UpdateManagement));
        Assert.Equal(config, RpuConfigText.Read(RpuConfigText.Write(config)));
        var text = Encoding.UTF8.GetString(ConfigurationHash.CanonicalBytes(new UpdateParameters()));
        Assert.DoesNotContain("\"type\"", text, StringComparison.Ordinal);
        var cell = (UnitCellRPUConfig)RpuConfigPresets.All.Single(preset => preset.Name == "TTv2EcRamPreset").Config;
        Assert.IsType<UpdateParameters>(cell.Update);
    }

    [Fact]
    public void Fields_of_time_dependent_drop_are_read_by_aihwkits_names()
    {
        var config = Read(
            """
            "forward": {"type": "IOParametersIRDropT", "mv_type": "SPLIT_MODE", "ir_drop_rs": 0.2, "ir_drop_segments": 16,
            "ir_drop_time_step_resolution_scale": 0.5, "ir_drop_v_read": 0.4, "split_mode_bit_shift": 4, "apply_xdep_pcm_read_noise": true,
            "xdep_pcm_read_noise_scale": 2, "adc_quantization": false, "adc_frequency": 5, "ir_drop_integration_sum": true}
            """);

        Assert.Equal(
            new IOParametersIRDropT
            {
                MvType = AnalogMVType.SplitMode,
                IrDrop = 1,
                IrDropRs = 0.2f,
                IrDropSegments = 16,
                IrDropTimeStepResolutionScale = 0.5f,
                IrDropVRead = 0.4f,
                SplitModeBitShift = 4,
                ApplyXdepPcmReadNoise = true,
                XdepPcmReadNoiseScale = 2,
                AdcQuantization = false,
                AdcFrequency = 5,
                IrDropIntegrationSum = true,
            },
            config.Forward);
        Assert.Equal(config, RpuConfigText.Read(RpuConfigText.Write(config)));
    }

    [Fact]
    public void Plain_parameters_keep_the_bytes_that_they_had_before_there_were_presets()
    {
        var text = Encoding.UTF8.GetString(ConfigurationHash.CanonicalBytes(new IOParameters()));
        Assert.DoesNotContain("type\":\"IOParameters", text, StringComparison.Ordinal);
        Assert.Contains(
            "\"type\":\"PresetIOParameters\"",
            Encoding.UTF8.GetString(ConfigurationHash.CanonicalBytes(new PresetIOParameters())),
            StringComparison.Ordinal);
    }

    private static SingleRPUConfig Read(string fields) =>
        (SingleRPUConfig)RpuConfigText.Read("{\"type\": \"SingleRPUConfig\", " + fields + "}");
}
