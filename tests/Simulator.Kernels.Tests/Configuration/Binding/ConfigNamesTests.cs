using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Kernels.Tests.Configuration.Binding;

public sealed class ConfigNamesTests
{
    [Theory]
    [InlineData("DwMin", "dw_min")]
    [InlineData("WMaxDtod", "w_max_dtod")]
    [InlineData("DwMinDtodLogNormal", "dw_min_dtod_log_normal")]
    [InlineData("IrDropGRatio", "ir_drop_g_ratio")]
    [InlineData("VOffsetWMin", "v_offset_w_min")]
    [InlineData("XResImplicit", "x_res_implicit")]
    [InlineData("P", "p")]
    [InlineData("RpuConfig", "rpu_config")]
    public void Snake_case_is_the_spelling_of_aihwkit(string property, string field) => Assert.Equal(field, ConfigNames.ToSnakeCase(property));

    [Theory]
    [InlineData("dw_mim", "dw_min")]
    [InlineData("dw_mni", "dw_min")]
    [InlineData("DwMin", "dw_min")]
    [InlineData("w_maxdtod", "w_max_dtod")]
    public void The_nearest_name_survives_typing_errors(string seen, string meant) =>
        Assert.Equal(meant, ConfigNames.Nearest(seen, ["w_max", "dw_min", "w_max_dtod", "dw_min_std"]));

    [Fact]
    public void Far_names_are_not_suggested() => Assert.Null(ConfigNames.Nearest("temperature", ["w_max", "dw_min"]));

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Edit_distance_counts_typing_errors(string from, string to, int distance)
    {
        Assert.Equal(distance, ConfigNames.EditDistance(from, to));
        Assert.Equal(distance, ConfigNames.EditDistance(to, from));
    }
}
