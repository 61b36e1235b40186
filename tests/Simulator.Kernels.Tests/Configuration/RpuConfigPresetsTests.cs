using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Tests.Configuration;

/// <summary>Presets by name, with what a file changes in them, and the configurations of learning rules.</summary>
public sealed class RpuConfigPresetsTests
{
    /// <summary>Names of all presets.</summary>
    public static TheoryData<string> Names => [.. RpuConfigPresets.All.Select(preset => preset.Name)];

    [Fact]
    public void All_training_presets_of_aihwkit_are_there()
    {
        string[] families = ["ReRamES", "ReRamSB", "Capacitor", "EcRam", "EcRamMO", "Idealized"];
        string[] expected =
        [
            .. families.Append("GokmenVlasov").Append("PCM").Select(family => $"{family}Preset"),
            .. families.Select(family => $"{family}2Preset"),
            .. families.Select(family => $"{family}4Preset"),
            .. families.Select(family => $"TikiTaka{family}Preset"),
            .. families.Select(family => $"TTv2{family}Preset"),
            .. families.Select(family => $"ChoppedTTv2{family}Preset"),
            .. families.Select(family => $"AGAD{family}Preset"),
            .. families.Append("GokmenVlasov").Append("PCM").Select(family => $"MixedPrecision{family}Preset"),
            "FloatingPointPreset",
        ];
        Assert.Equal(expected.Order(), RpuConfigPresets.All.Select(preset => preset.Name).Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_preset_is_valid_and_reads_back_from_its_text(string name)
    {
        var config = RpuConfigPresets.All.Single(preset => preset.Name == name).Config;
        ConfigProblems problems = new(new SourceMark("preset"));
        RpuConfigValidator.Validate(config, "", problems);
        problems.ThrowIfAny();
        Assert.Equal(config, Bind($"\"{name}\""));
        Assert.Equal(config, RpuConfigText.Read(RpuConfigText.Write(config)));
    }

    [Fact]
    public void Fields_that_a_file_writes_change_a_preset_and_leave_the_rest()
    {
        var config = (UnitCellRPUConfig)Bind(
            """
            {
              "type": "TikiTakaEcRamPreset",
              "device": {"fast_lr": 0.5, "transfer_forward": {"out_noise": 0.2}},
              "forward": {"inp_noise": 0.01}
            }
            """);
        var preset = (UnitCellRPUConfig)RpuConfigPresets.All.Single(preset => preset.Name == "TikiTakaEcRamPreset").Config;
        var compound = (TransferCompound)preset.Device;
        Assert.Equal(
            preset with
            {
                Device = compound with { FastLr = 0.5f, TransferForward = compound.TransferForward with { OutNoise = 0.2f } },
                Forward = preset.Forward with { InpNoise = 0.01f },
            },
            config);
    }

    [Fact]
    public void Another_cell_in_a_preset_starts_from_its_own_defaults()
    {
        var config = (UnitCellRPUConfig)Bind(
            """{"type": "AGADEcRamPreset", "device": {"type": "TransferCompound", "unit_cell_devices": ["EcRamPresetDevice", "SoftBoundsDevice"]}}""");
        var compound = Assert.IsType<TransferCompound>(config.Device);
        Assert.Equal(new TransferCompound { UnitCellDevices = compound.UnitCellDevices }, compound);
        Assert.IsType<SoftBoundsDevice>(compound.UnitCellDevices[1]);
        Assert.Equal(20, config.Forward.OutBound);
    }

    [Theory]
    [InlineData("sgd", typeof(SingleRPUConfig), typeof(SoftBoundsDevice), 31)]
    [InlineData("tiki-taka", typeof(UnitCellRPUConfig), typeof(TransferCompound), 31)]
    [InlineData("tt", typeof(UnitCellRPUConfig), typeof(TransferCompound), 31)]
    [InlineData("TTv1", typeof(UnitCellRPUConfig), typeof(TransferCompound), 31)]
    [InlineData("ttv2", typeof(UnitCellRPUConfig), typeof(ChoppedTransferCompound), 5)]
    [InlineData("ttv3", typeof(UnitCellRPUConfig), typeof(ChoppedTransferCompound), 5)]
    [InlineData("c-TTv2", typeof(UnitCellRPUConfig), typeof(ChoppedTransferCompound), 5)]
    [InlineData("chopped-ttv2", typeof(UnitCellRPUConfig), typeof(ChoppedTransferCompound), 5)]
    [InlineData("ttv4", typeof(UnitCellRPUConfig), typeof(DynamicTransferCompound), 5)]
    [InlineData("AGAD", typeof(UnitCellRPUConfig), typeof(DynamicTransferCompound), 5)]
    [InlineData("mp", typeof(DigitalRankUpdateRPUConfig), typeof(MixedPrecisionCompound), 31)]
    [InlineData("mixed-precision", typeof(DigitalRankUpdateRPUConfig), typeof(MixedPrecisionCompound), 31)]
    public void A_learning_rule_has_a_configuration(string algorithm, Type type, Type device, int slots)
    {
        var config = BuildConfig.Create(algorithm, new SoftBoundsDevice(), constructionSeed: 4);
        Assert.IsType(type, config);
        Assert.IsType(device, config.Devices);
        Assert.Equal(slots, config.Update.DesiredBl);
        ConfigProblems problems = new(new SourceMark("rule"));
        RpuConfigValidator.Validate(config, "", problems);
        problems.ThrowIfAny();
        Assert.Contains("\"construction_seed\":4", RpuConfigText.Write(config), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_devices_make_a_vector_cell()
    {
        var cell = Assert.IsType<VectorUnitCell>(BuildConfig.Create("sgd", new SoftBoundsDevice(), deviceCount: 3).Devices);
        Assert.Equal((3, VectorUnitCellUpdatePolicy.SingleRandom), (cell.UnitCellDevices.Count, cell.UpdatePolicy));
    }

    [Fact]
    public void An_unknown_rule_is_refused_with_the_known_ones()
    {
        var message = Assert.Throws<ArgumentException>(() => BuildConfig.Create("adam", new SoftBoundsDevice())).Message;
        Assert.Contains("adam", message, StringComparison.Ordinal);
        Assert.Contains("agad", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{'type': 'UnitCellRPUConfig'}", "unit_cell_devices")]
    [InlineData("{'type': 'UnitCellRPUConfig', 'device': {'type': 'TransferCompound', 'unit_cell_devices': ['SoftBoundsDevice']}}", "2 devices or more")]
    [InlineData("{'type': 'UnitCellRPUConfig', 'device': {'type': 'VectorUnitCell', 'unit_cell_devices': ['IdealDevice']}}", "a pulsed device or another unit cell")]
    [InlineData("{'type': 'UnitCellRPUConfig', 'device': {'type': 'VectorUnitCell', 'unit_cell_devices': ['SoftBoundsDevice'], 'gamma_vec': [1, 2]}}", "one for each of the 1 devices")]
    [InlineData("{'type': 'UnitCellRPUConfig', 'device': {'type': 'ChoppedTransferCompound', 'unit_cell_devices': ['SoftBoundsDevice', 'SoftBoundsDevice', 'SoftBoundsDevice']}}", "expected two devices")]
    [InlineData("{'type': 'UnitCellRPUConfig', 'device': {'type': 'TransferCompound', 'unit_cell_devices': ['SoftBoundsDevice', 'SoftBoundsDevice'], 'gamma_vec': [1, 0]}}", "must be visible")]
    [InlineData("{'type': 'UnitCellRPUConfig', 'device': {'type': 'TransferCompound', 'unit_cell_devices': ['SoftBoundsDevice', 'SoftBoundsDevice'], 'transfer_update': {'pulse_type': 'None'}}}", "expected pulses")]
    [InlineData("{'type': 'SingleRPUConfig', 'device': {'type': 'VectorUnitCell', 'unit_cell_devices': ['SoftBoundsDevice']}}", "UnitCellRPUConfig")]
    [InlineData("{'type': 'DigitalRankUpdateRPUConfig', 'device': {'device': 'IdealDevice'}}", "a pulsed device or a unit cell")]
    public void Impossible_cells_are_refused_with_the_way_out(string text, string part)
    {
        ConfigProblems problems = new(new SourceMark("test"));
        RpuConfigValidator.Validate(Bind(text.Replace('\'', '"')), "rpu_config", problems);
        Assert.Contains(problems.All, problem => $"{problem.Path} {problem.Message}".Contains(part, StringComparison.Ordinal));
    }

    private static RpuConfig Bind(string text)
    {
        ConfigProblems problems = new(new SourceMark("test"));
        var root = JsonTreeReader.Read($"{{\"rpu\": {text}}}", "test", problems);
        var holder = root is null ? null : new ConfigBinder(ConfigTypeRegistry.Physics, problems).Bind<Holder>(root);
        problems.ThrowIfAny();
        return holder!.Rpu!;
    }

    private sealed record Holder
    {
        public RpuConfig? Rpu { get; init; }
    }
}
