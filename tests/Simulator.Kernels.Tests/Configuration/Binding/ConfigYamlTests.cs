using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Kernels.Tests.Configuration.Binding;

public sealed class ConfigYamlTests
{
    private static readonly SourceMark Here = new("test");

    [Fact]
    public void Maps_and_lists_are_written_in_block_style()
    {
        ConfigMap layer = new(Here, []);
        layer.Set("type", new ConfigScalar(Here, "Tanh", IsQuoted: true));
        layer.Set("p", new ConfigScalar(Here, "0.5"));
        ConfigMap root = new(Here, []);
        root.Set("layers", new ConfigSequence(Here, [layer, new ConfigScalar(Here, "x", IsQuoted: true)]));
        root.Set("empty", new ConfigSequence(Here, []));
        Assert.Equal("layers:\n  - type: Tanh\n    p: 0.5\n  - x\nempty: []\n", ConfigYaml.Write(root));
    }

    [Theory]
    [InlineData("Tanh", "Tanh")]
    [InlineData("null", "\"null\"")]
    [InlineData("1", "\"1\"")]
    [InlineData("", "\"\"")]
    [InlineData("a: b", "\"a: b\"")]
    [InlineData("say \"x\"\\", "\"say \\\"x\\\"\\\\\"")]
    public void Text_is_quoted_where_yaml_would_read_something_else(string text, string written)
    {
        ConfigMap root = new(Here, []);
        root.Set("name", new ConfigScalar(Here, text, IsQuoted: true));
        Assert.Equal($"name: {written}\n", ConfigYaml.Write(root));
    }
}
