using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Tests.Configuration;

/// <summary>Configurations that a file has built by the name of a learning rule.</summary>
public sealed class BuildConfigTests
{
    /// <summary>All names of all rules.</summary>
    public static TheoryData<string> Names => [.. AllNames];

    private static IEnumerable<string> AllNames => BuildConfig.Rules.SelectMany(rule => rule.OtherNames.Prepend(rule.Name));

    [Fact]
    public void The_names_are_those_of_aihwkit()
    {
        string[] expected =
            ["sgd", "tiki-taka", "tt", "ttv1", "ttv2", "chopped-ttv2", "ttv3", "c-ttv2", "agad", "ttv4", "mp", "mixed-precision"];
        Assert.Equal(expected.Order(), AllNames.Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_names_a_rule_and_a_device(string name)
    {
        var expected = BuildConfig.Create(name, DevicePresets.All[0].Device);
        Assert.Equal(expected, Bind($"{{'build_config': '{name}', 'device': 'ReRamESPresetDevice'}}"));
        Assert.Equal(expected, Bind($"{{'build_config': '{name.ToUpperInvariant().Replace('-', '_')}', 'device': 'ReRamESPresetDevice'}}"));
        Assert.Equal(expected, Bind($"{{'build_config': {{'algorithm': '{name}', 'device': 'ReRamESPresetDevice'}}}}"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_built_configuration_has_the_hash_of_the_one_written_out(string name)
    {
        var built = Bind($"{{'build_config': '{name}', 'device': {{'type': 'SoftBoundsDevice', 'dw_min': 0.002}}, 'construction_seed': 7}}");
        var written = RpuConfigText.Write(built);
        Assert.DoesNotContain("build_config", written, StringComparison.Ordinal);
        Assert.Contains("\"construction_seed\":7", written, StringComparison.Ordinal);
        Assert.Equal(ConfigurationHash.Compute(RpuConfigText.Read(written)), ConfigurationHash.Compute(built));
    }

    [Fact]
    public void All_arguments_of_aihwkit_are_there_and_the_rest_changes_the_result()
    {
        var built = Bind(
            """
            {
              'build_config': 'c-ttv2',
              'device': {'type': 'SoftBoundsDevice', 'dw_min': 0.002},
              'io_parameters': {'out_noise': 0.02, 'out_bound': 20},
              'up_parameters': {'desired_bl': 17, 'd_res_implicit': 0.1},
              'construction_seed': 3,
              'forward': {'inp_noise': 0.1},
              'mapping': {'max_input_size': 64}
            }
            """);
        var io = new IOParameters { OutNoise = 0.02f, OutBound = 20 };
        var update = new UpdateParameters { DesiredBl = 17, DResImplicit = 0.1f };
        var expected = BuildConfig.Create("c-ttv2", new SoftBoundsDevice { DwMin = 0.002f }, io, update, constructionSeed: 3);
        Assert.Equal(expected with { Forward = io with { InpNoise = 0.1f }, Mapping = new MappingParameter { MaxInputSize = 64 } }, built);
        var compound = (ChoppedTransferCompound)((UnitCellRPUConfig)built).Device;
        Assert.Equal((1, 5, 3), (compound.TransferUpdate.DesiredBl, ((UnitCellRPUConfig)built).Update.DesiredBl, compound.ConstructionSeed));
        Assert.Equal((NoiseManagementType.None, 20f), (compound.TransferForward.NoiseManagement, compound.TransferForward.OutBound));
    }

    [Fact]
    public void With_the_arguments_in_a_map_the_device_beside_it_changes_the_compound()
    {
        var built = (UnitCellRPUConfig)Bind(
            """
            {
              'build_config': {'algorithm': 'agad', 'device': 'EcRamPresetDevice', 'io_parameters': 'StandardIOParameters'},
              'device': {'in_chop_prob': 0.02, 'transfer_forward': {'out_noise': 0.5}},
              'update': {'desired_bl': 31}
            }
            """);
        var plain = (UnitCellRPUConfig)BuildConfig.Create("agad", DevicePresets.All.Single(preset => preset.Name == "EcRamPresetDevice").Device, new StandardIOParameters());
        var compound = (DynamicTransferCompound)plain.Device;
        Assert.Equal(
            plain with
            {
                Device = compound with { InChopProb = 0.02f, TransferForward = compound.TransferForward with { OutNoise = 0.5f } },
                Update = plain.Update with { DesiredBl = 31 },
            },
            built);
    }

    [Fact]
    public void Sgd_has_several_devices_and_their_seed_stays_with_the_cell()
    {
        var cell = (VectorUnitCell)((UnitCellRPUConfig)Bind("{'build_config': 'sgd', 'device': 'SoftBoundsDevice', 'n_devices': 3, 'construction_seed': 5}")).Device;
        Assert.Equal((3, VectorUnitCellUpdatePolicy.SingleRandom, 5), (cell.UnitCellDevices.Count, cell.UpdatePolicy, cell.ConstructionSeed));
        var single = (SingleRPUConfig)Bind("{'build_config': 'sgd', 'device': {'type': 'IdealDevice', 'construction_seed': 9}, 'construction_seed': 5}");
        Assert.Equal(new IdealDevice { ConstructionSeed = 5 }, single.Device);
    }

    [Fact]
    public void A_rule_can_be_built_where_only_analog_physics_can_stand()
    {
        var holder = BindHolder("{'analog': {'build_config': 'ttv2', 'device': 'SoftBoundsDevice'}}", out var problems);
        problems.ThrowIfAny();
        Assert.Equal(BuildConfig.Create("ttv2", new SoftBoundsDevice()), holder!.Analog);
    }

    [Theory]
    [InlineData("{'build_config': 'agat', 'device': 'SoftBoundsDevice'}", "rpu.build_config: saw the text \"agat\", expected one of sgd, tiki-taka, ", "Did you mean 'agad'?")]
    [InlineData("{'build_config': {'algorithm': 'ttv5', 'device': 'SoftBoundsDevice'}}", "rpu.build_config.algorithm: saw the text \"ttv5\"", "ttv4, mixed-precision, mp.")]
    [InlineData("{'build_config': {'device': 'SoftBoundsDevice'}}", "rpu.build_config.algorithm: is missing; expected one of sgd, ", "")]
    [InlineData("{'build_config': null, 'device': 'SoftBoundsDevice'}", "rpu.build_config: saw nothing, expected one of sgd, ", "")]
    [InlineData("{'build_config': ['sgd'], 'device': 'SoftBoundsDevice'}", "rpu.build_config: saw a list of 1 item, expected one of sgd, ", "")]
    [InlineData("{'build_config': 'ttv2'}", "rpu.device: is missing; write 'device:'", "")]
    [InlineData("{'build_config': {'algorithm': 'ttv2'}, 'device': {'fast_lr': 1}}", "rpu.build_config.device: is missing", "")]
    [InlineData("{'build_config': 'ttv2', 'device': 'SoftBoundDevice'}", "rpu.device: saw the text \"SoftBoundDevice\"", "Did you mean 'SoftBoundsDevice'?")]
    [InlineData("{'build_config': 'ttv2', 'device': 'IdealDevice'}", "rpu.device: saw IdealDevice, expected a pulsed device or a unit cell for ttv2", "")]
    [InlineData("{'build_config': 'sgd', 'device': 'PCMPresetUnitCell'}", "rpu.device: saw OneSidedUnitCell, expected a single device for sgd", "UnitCellRPUConfig")]
    [InlineData("{'build_config': 'agad', 'device': {'type': 'SoftBoundsDevice', 'dw_min': -1}}", "rpu.device.dw_min: saw -1", "")]
    [InlineData("{'build_config': 'agad', 'device': 'SoftBoundsDevice', 'n_devices': 2}", "rpu.n_devices: saw 2 with agad, expected 1", "")]
    [InlineData("{'build_config': 'sgd', 'device': 'SoftBoundsDevice', 'n_devices': 0}", "rpu.n_devices: saw 0, expected 1 to 1000", "")]
    [InlineData("{'build_config': 'sgd', 'device': 'SoftBoundsDevice', 'n_devices': -1}", "rpu.n_devices: saw -1, expected 1 to 1000", "")]
    [InlineData("{'build_config': 'sgd', 'device': 'SoftBoundsDevice', 'n_devices': 1001}", "rpu.n_devices: saw 1001, expected 1 to 1000", "")]
    [InlineData("{'build_config': 'agad', 'device': null}", "rpu.device: saw nothing, expected one of", "")]
    [InlineData("{'build_config': 'ttv2', 'device': 'SoftBoundsDevice', 'io_parameters': {'out_bound': 0.0, 'inp_bound': -1}}", "rpu.io_parameters.", "")]
    [InlineData("{'build_config': 'ttv2', 'device': 'SoftBoundsDevice', 'up_parameters': {'desired_bl': 0}}", "rpu.up_parameters.desired_bl: saw 0", "")]
    [InlineData("{'build_config': 'ttv2', 'device': 'SoftBoundsDevice', 'type': 'UnitCellRPUConfig'}", "rpu.type: saw the text \"UnitCellRPUConfig\" beside build_config", "")]
    [InlineData("{'build_config': 'ttv2', 'device': 'SoftBoundsDevice', 'fast_lr': 1}", "rpu.fast_lr: unknown field 'fast_lr' of UnitCellRPUConfig", "")]
    [InlineData("{'build_config': {'algorithm': 'ttv2', 'device': 'SoftBoundsDevice', 'devices': 2}}", "rpu.build_config.devices: unknown field 'devices' of BuildConfigArguments", "'device'")]
    public void What_cannot_be_built_is_refused_with_the_way_out(string text, string start, string part)
    {
        var holder = BindHolder($"{{'rpu': {text}}}", out var problems);
        if (holder?.Rpu is { } built) { RpuConfigValidator.Validate(built, "rpu", problems); }
        var problem = Assert.Single(problems.All);
        Assert.StartsWith(start, $"{problem.Path}: {problem.Message}", StringComparison.Ordinal);
        Assert.Contains(part, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_of_arguments_and_of_overrides_are_reported_together()
    {
        BindHolder("{'rpu': {'build_config': 'ttv2', 'device': {'type': 'SoftBoundsDevice', 'dw_min': 'x'}, 'forward': {'out_nois': 1}}}", out var problems);
        Assert.Equal(["rpu.device.dw_min", "rpu.forward.out_nois"], problems.All.Select(problem => problem.Path));
    }

    private static RpuConfig Bind(string text)
    {
        var holder = BindHolder($"{{'rpu': {text}}}", out var problems);
        problems.ThrowIfAny();
        RpuConfigValidator.Validate(holder!.Rpu!, "rpu", problems);
        problems.ThrowIfAny();
        return holder.Rpu!;
    }

    private static Holder? BindHolder(string text, out ConfigProblems problems)
    {
        problems = new ConfigProblems(new SourceMark("test"));
        var root = JsonTreeReader.Read(text.Replace('\'', '"'), "test", problems);
        return root is null ? null : new ConfigBinder(ConfigTypeRegistry.Physics, problems).Bind<Holder>(root);
    }

    private sealed record Holder
    {
        public RpuConfig? Rpu { get; init; }

        public AnalogRPUConfig? Analog { get; init; }
    }
}
