using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Kernels.Tests.Configuration.Binding;

public sealed class ConfigBinderTests
{
    private static readonly SourceMark Here = new("test.yaml", 1, 1);

    private static ConfigScalar Plain(string text, int line = 1) => new(new SourceMark("test.yaml", line, 3), text);

    private static ConfigMap Map(params (string Key, ConfigNode Value)[] entries) =>
        new(Here, [.. entries.Select(entry => new ConfigEntry(entry.Key, entry.Value.Mark, entry.Value))]);

    private static (RpuConfig? Config, ConfigProblems Problems) Bind(ConfigNode node)
    {
        ConfigProblems problems = new(Here);
        return (new ConfigBinder(ConfigTypeRegistry.Physics, problems).Bind<RpuConfig>(node), problems);
    }

    private static string OnlyProblem(ConfigNode node)
    {
        ConfigProblems problems = Bind(node).Problems;
        return Assert.Single(problems.All).ToString();
    }

    [Fact]
    public void Fields_that_are_not_written_keep_their_defaults()
    {
        (RpuConfig? config, ConfigProblems problems) = Bind(Map());
        Assert.Empty(problems.All);
        Assert.Equal(new SingleRPUConfig(), config);
    }

    [Fact]
    public void A_device_is_chosen_by_its_type_and_bound_to_its_fields()
    {
        (RpuConfig? config, ConfigProblems problems) = Bind(Map(("device", Map(("type", Plain("SoftBoundsDevice")), ("dw_min", Plain("0.002")), ("mult_noise", Plain("False"))))));
        Assert.Empty(problems.All);
        Assert.Equal(new SoftBoundsDevice { DwMin = 0.002f, MultNoise = false }, Assert.IsType<SingleRPUConfig>(config).Device);
    }

    [Fact]
    public void The_short_form_is_the_name_of_the_type_alone()
    {
        Assert.Equal(new FloatingPointRPUConfig(), Bind(Plain("FloatingPointRPUConfig")).Config);
        Assert.Equal(new IdealDevice(), Assert.IsType<SingleRPUConfig>(Bind(Map(("device", Plain("IdealDevice")))).Config).Device);
    }

    [Theory]
    [InlineData("AbsMaxNPSum")]
    [InlineData("ABS_MAX_NP_SUM")]
    [InlineData("abs_max_np_sum")]
    public void Enumeration_values_have_both_spellings_of_aihwkit(string spelling)
    {
        (RpuConfig? config, _) = Bind(Map(("forward", Map(("noise_management", Plain(spelling))))));
        Assert.Equal(NoiseManagementType.AbsMaxNPSum, Assert.IsType<SingleRPUConfig>(config).Forward.NoiseManagement);
    }

    [Fact]
    public void A_whole_number_is_a_float()
    {
        (RpuConfig? config, _) = Bind(Map(("forward", Map(("out_bound", Plain("20"))))));
        Assert.Equal(20f, Assert.IsType<SingleRPUConfig>(config).Forward.OutBound);
    }

    [Theory]
    [InlineData("device", "dw_min", "0,1", "saw '0,1', expected a finite number")]
    [InlineData("device", "dw_min", "NaN", "saw 'NaN', expected a finite number")]
    [InlineData("device", "dw_min", "1e400", "saw '1e400', expected a finite number")]
    [InlineData("device", "dw_min", "1e-60", "saw '1e-60', expected a finite number")]
    [InlineData("device", "dw_min", "", "saw nothing, expected a value")]
    [InlineData("device", "perfect_bias", "yes", "saw 'yes', expected true or false")]
    [InlineData("update", "desired_bl", "31.5", "saw '31.5', expected a whole number")]
    [InlineData("update", "pulse_type", "Stochastik", "Did you mean 'Stochastic'?")]
    [InlineData("update", "desired_b1", "3", "unknown field 'desired_b1' of UpdateParameters. Did you mean 'desired_bl'?")]
    [InlineData("update", "zebra", "3", "Known: desired_bl, ")]
    public void A_wrong_value_says_what_was_seen_and_expected(string part, string field, string value, string message)
    {
        string problem = OnlyProblem(Map((part, Map((field, Plain(value, line: 7))))));
        Assert.Contains(message, problem);
        Assert.StartsWith($"test.yaml:7:3: {part}.{field}: ", problem);
    }

    [Fact]
    public void Quoted_numbers_are_texts() =>
        Assert.Contains("remove the quotes", OnlyProblem(Map(("device", Map(("dw_min", new ConfigScalar(Here, "0.1", IsQuoted: true)))))));

    [Fact]
    public void An_unknown_device_lists_the_known_and_the_nearest()
    {
        string problem = OnlyProblem(Map(("device", Plain("SoftBoundDevice"))));
        Assert.Contains("ConstantStepDevice, LinearStepDevice", problem);
        Assert.Contains("Did you mean 'SoftBoundsDevice'?", problem);
    }

    [Fact]
    public void A_field_of_another_device_is_unknown() =>
        Assert.Contains("unknown field 'gamma_up' of ConstantStepDevice", OnlyProblem(Map(("device", Map(("gamma_up", Plain("1")))))));

    [Fact]
    public void A_field_written_twice_names_both_places()
    {
        ConfigMap device = Map(("dw_min", Plain("1", line: 3)), ("dw_min", Plain("2", line: 5)));
        string problem = OnlyProblem(Map(("device", device)));
        Assert.StartsWith("test.yaml:5:3: device.dw_min: is written twice, first at test.yaml:3:3", problem);
    }

    [Fact]
    public void All_problems_are_reported_together()
    {
        ConfigMap tree = Map(("devise", Plain("IdealDevice")), ("update", Map(("desired_bl", Plain("many")))), ("mapping", Plain("256")));
        Assert.Equal(3, Bind(tree).Problems.All.Count);
    }

    [Fact]
    public void Problems_throw_with_one_line_each()
    {
        ConfigProblems problems = Bind(Map(("devise", Plain("IdealDevice")), ("mapping", Plain("256")))).Problems;
        ConfigurationException failure = Assert.Throws<ConfigurationException>(problems.ThrowIfAny);
        Assert.Equal(2, failure.Message.Split('\n').Length);
    }

    [Fact]
    public void Every_registered_record_survives_the_way_through_a_tree()
    {
        foreach (Type type in ConfigTypeRegistry.Physics.CandidatesFor(typeof(DeviceParameters)))
        {
            SingleRPUConfig original = new() { Device = (DeviceParameters)Activator.CreateInstance(type)! };
            ConfigMap tree = ConfigTree.From(original, ConfigTypeRegistry.Physics, Here);
            (RpuConfig? copy, ConfigProblems problems) = Bind(tree);
            Assert.Empty(problems.All);
            Assert.Equal(original, copy);
        }
    }
}
