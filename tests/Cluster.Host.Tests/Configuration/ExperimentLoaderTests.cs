using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Host.Configuration;
using Tessera.Host.Tests.CommandLine;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Host.Tests.Configuration;

public sealed class ExperimentLoaderTests
{
    [Theory]
    [InlineData("mnist-mlp.yaml", typeof(ConstantStepDevice), 15)]
    [InlineData("mnist-mlp-softbounds.yaml", typeof(SoftBoundsDevice), 15)]
    [InlineData("quick.yaml", typeof(ConstantStepDevice), 3)]
    public void The_examples_load(string name, Type device, int epochs)
    {
        ExperimentConfig config = ExperimentLoader.Load(new ExperimentSource { File = Examples.PathOf(name) });
        SingleRPUConfig physics = Assert.IsType<SingleRPUConfig>(config.RpuConfig);
        Assert.IsType(device, physics.Device);
        Assert.Equal(epochs, config.Training.Epochs);
        Assert.Equal(256, physics.Mapping.MaxInputSize);
        Assert.Equal(DataSource.Digits, config.Data.Source);
    }

    [Theory]
    [InlineData("tiki-taka", typeof(TransferCompound))]
    [InlineData("ttv2", typeof(ChoppedTransferCompound))]
    [InlineData("c-ttv2", typeof(ChoppedTransferCompound))]
    [InlineData("agad", typeof(DynamicTransferCompound))]
    [InlineData("one-sided", typeof(OneSidedUnitCell))]
    [InlineData("vector-cell", typeof(VectorUnitCell))]
    [InlineData("mixed-precision", typeof(MixedPrecisionCompound))]
    public void Each_learning_rule_has_an_example_with_the_main_network(string rule, Type cell)
    {
        ExperimentConfig main = ExperimentLoader.Load(new ExperimentSource { File = Examples.PathOf("mnist-mlp.yaml") });
        ExperimentConfig config = ExperimentLoader.Load(new ExperimentSource { File = Examples.PathOf($"mnist-mlp-{rule}.yaml") });
        object device = config.RpuConfig is DigitalRankUpdateRPUConfig rank ? rank.Device : Assert.IsType<UnitCellRPUConfig>(config.RpuConfig).Device;
        Assert.IsType(cell, device);
        Assert.Equal(rule == "ttv2", device is ChoppedTransferCompound { InChopProb: 0 });
        Assert.Equal(main.RpuConfig.Mapping, config.RpuConfig.Mapping);
        Assert.Equal(main.Network.Layers, config.Network.Layers);
        Assert.Equal(main.Training.Epochs, config.Training.Epochs);
    }

    [Fact]
    public void The_floating_point_example_has_the_same_network()
    {
        ExperimentConfig analog = ExperimentLoader.Load(new ExperimentSource { File = Examples.PathOf("mnist-mlp.yaml") });
        ExperimentConfig floating = ExperimentLoader.Load(new ExperimentSource { File = Examples.PathOf("mnist-mlp-floating-point.yaml") });
        Assert.IsType<FloatingPointRPUConfig>(floating.RpuConfig);
        Assert.Equal(analog.Network.Layers, floating.Network.Layers);
        Assert.Equal(analog.Training, floating.Training);
    }

    [Fact]
    public void Ranges_for_files_cut_a_data_folder_and_leave_the_digits_whole()
    {
        using TemporaryFolder folder = new();
        string data = folder.WriteIdx("data", 12, 12);
        ExperimentSource source = new() { File = Examples.PathOf("mnist-mlp.yaml") };
        Assert.Equal(new DataConfig(), ExperimentLoader.Load(source).Data);
        DataConfig files = ExperimentLoader.Load(source with { DataFolder = data }).Data;
        Assert.Equal(new DataConfig { Source = DataSource.Idx, Folder = data, Train = "0..7999", Test = "8000..9999" }, files);
        DataConfig set = ExperimentLoader.Load(source with { DataFolder = data, Sets = ["data.train=0..5"] }).Data;
        Assert.Equal(("0..5", "8000..9999"), (set.Train, set.Test));
    }

    [Fact]
    public void The_command_line_wins_over_the_file_and_later_over_earlier()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("x.yaml", "seed: 4\ntraining: {epochs: 2}\n");
        ExperimentConfig config = ExperimentLoader.Load(new ExperimentSource
        {
            File = file,
            Seed = "9",
            MicroBatch = "3",
            Sets = ["training.epochs=5", "training.epochs=6", "rpu_config.device.dw_min=0.002", "network.layers.hidden1.bias=false", "network.layers.1=Sigmoid"],
        });
        Assert.Equal(9UL, config.Seed);
        Assert.Equal((6, 3), (config.Training.Epochs, config.Training.MicroBatchSize));
        SingleRPUConfig physics = Assert.IsType<SingleRPUConfig>(config.RpuConfig);
        Assert.Equal(new ConstantStepDevice { DwMin = 0.002f }, physics.Device);
        Assert.Equal(256, physics.Mapping.MaxInputSize);
        Assert.False(config.Network.Layers[0].Bias);
        Assert.Equal(LayerKind.Sigmoid, config.Network.Layers[1].Type);
    }

    [Fact]
    public void A_field_inside_a_short_form_can_be_set()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("x.yaml", "rpu_config: {device: SoftBoundsDevice}\n");
        ExperimentConfig config = ExperimentLoader.Load(new ExperimentSource { File = file, Sets = ["rpu_config.device.dw_min=0.01"] });
        Assert.Equal(new SoftBoundsDevice { DwMin = 0.01f }, Assert.IsType<SingleRPUConfig>(config.RpuConfig).Device);
    }

    [Fact]
    public void A_preset_of_a_learning_rule_is_taken_by_name_and_changed_from_the_command_line()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("x.yaml", "rpu_config: TikiTakaEcRamPreset\n");
        UnitCellRPUConfig preset = (UnitCellRPUConfig)RpuConfigPresets.All.Single(preset => preset.Name == "TikiTakaEcRamPreset").Config;
        Assert.Equal(preset, ExperimentLoader.Load(new ExperimentSource { File = file }).RpuConfig);
        ExperimentConfig changed = ExperimentLoader.Load(new ExperimentSource { File = file, Sets = ["rpu_config.device.fast_lr=0.5", "rpu_config.mapping.max_input_size=64"] });
        TransferCompound compound = (TransferCompound)preset.Device;
        Assert.Equal(
            preset with { Device = compound with { FastLr = 0.5f }, Mapping = preset.Mapping with { MaxInputSize = 64 } },
            changed.RpuConfig);
        string resolved = folder.Write("resolved.yaml", ExperimentLoader.ToYaml(changed));
        Assert.Equal(changed.RpuConfig, ExperimentLoader.Load(new ExperimentSource { File = resolved }).RpuConfig);
        Assert.Equal(preset, ExperimentLoader.Load(new ExperimentSource { Sets = ["rpu_config=TikiTakaEcRamPreset"] }).RpuConfig);
    }

    [Fact]
    public void The_floating_point_preset_has_one_tile_a_layer()
    {
        ExperimentConfig config = ExperimentLoader.Load(new ExperimentSource { Sets = ["rpu_config=FloatingPointPreset"] });
        Assert.IsType<FloatingPointRPUConfig>(config.RpuConfig);
        Assert.Equal(config.Network.Layers.Count(layer => layer.Type == LayerKind.AnalogLinear), PlanBuilder.Build(config).Tiles.Count);
    }

    [Fact]
    public void A_configuration_is_built_by_the_name_of_a_rule_and_changed_from_the_command_line()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("x.yaml", "rpu_config:\n  build_config: ttv2\n  device: EcRamPresetDevice\n");
        LinearStepDevice device = (LinearStepDevice)DevicePresets.All.Single(preset => preset.Name == "EcRamPresetDevice").Device;
        ExperimentConfig plain = ExperimentLoader.Load(new ExperimentSource { File = file });
        Assert.Equal(BuildConfig.Create("ttv2", device), plain.RpuConfig);
        ExperimentConfig changed = ExperimentLoader.Load(new ExperimentSource
        {
            File = file,
            Sets = ["rpu_config.build_config=agad", "rpu_config.device.dw_min=0.01", "rpu_config.mapping.max_input_size=64", "rpu_config.construction_seed=4"],
        });
        AnalogRPUConfig agad = BuildConfig.Create("agad", device with { DwMin = 0.01f }, constructionSeed: 4);
        Assert.Equal(agad with { Mapping = new MappingParameter { MaxInputSize = 64 } }, changed.RpuConfig);
        string resolved = folder.Write("resolved.yaml", ExperimentLoader.ToYaml(changed));
        Assert.Equal(ConfigurationHash.Compute(changed), ConfigurationHash.Compute(ExperimentLoader.Load(new ExperimentSource { File = resolved })));
        string layer = "network.layers.output.rpu_config={build_config: mp, device: SoftBoundsDevice}";
        Assert.Equal(BuildConfig.Create("mp", new SoftBoundsDevice()), ExperimentLoader.Load(new ExperimentSource { Sets = [layer] }).Network.Layers[^2].RpuConfig);
    }

    [Fact]
    public void What_cannot_be_built_is_reported_at_its_line()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("x.yaml", "rpu_config:\n  build_config: ttv2\n  build_config: agad\n  device: IdealDevice\n  forward: {out_nois: 1}\n");
        ConfigurationException failure = Assert.Throws<ConfigurationException>(() => ExperimentLoader.Load(new ExperimentSource { File = file }));
        Assert.Collection(
            failure.Problems,
            problem => Assert.Equal($"{file}:3:3: rpu_config.build_config: is written twice, first at {file}:2:3; remove one of the two.", problem.ToString()),
            problem => Assert.StartsWith($"{file}:4:11: rpu_config.device: saw IdealDevice, expected a pulsed device", problem.ToString(), StringComparison.Ordinal),
            problem => Assert.StartsWith($"{file}:5:13: rpu_config.forward.out_nois: unknown field", problem.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void The_resolved_experiment_reads_back_to_the_same_configuration()
    {
        using TemporaryFolder folder = new();
        ExperimentConfig config = ExperimentLoader.Load(new ExperimentSource
        {
            Sets = ["rpu_config.device=SoftBoundsDevice", "rpu_config.forward.out_noise=0.01", "training.schedule=StepLR", "network.layers.0.rpu_config=FloatingPointRPUConfig"],
        });
        string file = folder.Write("resolved.yaml", ExperimentLoader.ToYaml(config));
        ExperimentConfig again = ExperimentLoader.Load(new ExperimentSource { File = file });
        Assert.Equal(ExperimentLoader.ToYaml(config), ExperimentLoader.ToYaml(again));
        Assert.Equal(ConfigurationHash.Compute(config), ConfigurationHash.Compute(again));
        Assert.IsType<FloatingPointRPUConfig>(again.Network.Layers[0].RpuConfig);
    }

    [Fact]
    public void The_hash_ignores_what_never_changes_a_bit()
    {
        string hash = ConfigurationHash.Compute(ExperimentLoader.Load(new ExperimentSource()));
        Assert.Equal(hash, ConfigurationHash.Compute(ExperimentLoader.Load(new ExperimentSource { MicroBatch = "3" })));
        Assert.NotEqual(hash, ConfigurationHash.Compute(ExperimentLoader.Load(new ExperimentSource { Seed = "2" })));
    }

    [Fact]
    public void A_data_folder_is_found_beside_the_experiment_file()
    {
        using TemporaryFolder folder = new();
        string data = folder.WriteIdx("data", 12, 12);
        string file = folder.Write("x.yaml", "data: {source: idx, folder: data}\nnetwork: {layers: [{type: Linear, in_features: 4, out_features: 2}, LogSoftmax]}\n");
        Assert.Equal(data, ExperimentLoader.Load(new ExperimentSource { File = file }).Data.Folder);
    }
}
