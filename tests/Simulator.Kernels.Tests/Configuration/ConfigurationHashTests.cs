using System.Text;
using System.Text.Json;
using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.Tests.Configuration;

public sealed class ConfigurationHashTests
{
    [Fact]
    public void Canonical_bytes_are_sorted_json_with_all_defaults()
    {
        string text = Encoding.UTF8.GetString(ConfigurationHash.CanonicalBytes(new FloatingPointRPUConfig()));
        string expected =
            "{'device':{'diffusion':0,'drift':{'nu':0,'reset_tol':1E-07,'t_0':1},'lifetime':0,'type':'FloatingPointDevice'},'mapping':{'digital_bias':true,'learn_out_scaling':false,"
            + "'max_input_size':512,'max_output_size':512,'out_scaling_columnwise':false,'weight_scaling_columnwise':false,"
            + "'weight_scaling_lr_compensation':false,'weight_scaling_omega':0},'type':'FloatingPointRPUConfig'}";
        Assert.Equal(expected.Replace('\'', '"'), text);
    }

    [Fact]
    public void Numbers_are_written_so_that_they_read_back_to_the_same_bits()
    {
        SingleRPUConfig config = new() { Device = new ConstantStepDevice { DwMin = 1.17549435e-38f, WMax = 0.1f, WMin = -1f / 3f } };
        using JsonDocument document = JsonDocument.Parse(ConfigurationHash.CanonicalBytes(config));
        JsonElement device = document.RootElement.GetProperty("device");
        Assert.Equal(1.17549435e-38f, device.GetProperty("dw_min").GetSingle());
        Assert.Equal(0.1f, device.GetProperty("w_max").GetSingle());
        Assert.Equal(-1f / 3f, device.GetProperty("w_min").GetSingle());
    }

    [Fact]
    public void Equal_configurations_have_equal_hashes_and_others_do_not()
    {
        string hash = ConfigurationHash.Compute(new SingleRPUConfig());
        Assert.Matches("^[0-9a-f]{64}$", hash);
        Assert.Equal(hash, ConfigurationHash.Compute(new SingleRPUConfig { Device = new ConstantStepDevice { DwMin = 0.001f } }));
        Assert.NotEqual(hash, ConfigurationHash.Compute(new SingleRPUConfig { Device = new ConstantStepDevice { DwMin = 0.0010001f } }));
        Assert.NotEqual(hash, ConfigurationHash.Compute(new SingleRPUConfig { Device = new SoftBoundsDevice() }));
    }
}
