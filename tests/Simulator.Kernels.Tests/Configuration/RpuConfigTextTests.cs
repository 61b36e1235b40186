using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Kernels.Tests.Configuration;

public sealed class RpuConfigTextTests
{
    [Fact]
    public void What_was_written_reads_back_to_an_equal_record()
    {
        var physics = new SingleRPUConfig { Device = new SoftBoundsDevice { DwMin = 0.1f / 3 }, Mapping = new MappingParameter { MaxInputSize = 77 } };

        Assert.Equal(physics, RpuConfigText.Read(RpuConfigText.Write(physics)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"type\":\"NoSuchConfig\"}")]
    [InlineData("{\"type\":\"SingleRPUConfig\",\"devise\":1}")]
    public void What_is_no_physics_is_refused(string text) => Assert.Throws<ConfigurationException>(() => RpuConfigText.Read(text));
}
