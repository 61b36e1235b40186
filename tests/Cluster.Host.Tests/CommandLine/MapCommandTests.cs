using System.Text.Json;

namespace Tessera.Host.Tests.CommandLine;

public sealed class MapCommandTests
{
    [Fact]
    public void The_built_in_network_lies_on_six_tiles()
    {
        CliRun map = CliRun.Of("map");
        Assert.Equal((0, ""), (map.ExitCode, map.Error));
        string[] lines = map.Out.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, lines.Length); // header, rule, three layers, sum
        Assert.StartsWith("hidden1  784 x 256  4 x 1        4x196           256  digital       76.6 %", lines[2]);
        Assert.StartsWith("6 tiles, 234,752 crosspoints, ", lines[^1]);
    }

    [Theory]
    [InlineData(0, 1, 100.0)]
    [InlineData(512, 2, 100.0 * 392 * 256 / (512 * 256))]
    public void The_cut_follows_the_largest_tile(int maxInputSize, int tiles, double utilisation)
    {
        CliRun map = CliRun.Of("map", "--json", "--set", $"rpu_config.mapping.max_input_size={maxInputSize}");
        Assert.Equal((0, ""), (map.ExitCode, map.Error));
        using JsonDocument first = JsonDocument.Parse(map.Out.Split('\n')[0]);
        Assert.Equal(tiles, first.RootElement.GetProperty("tiles").GetInt32());
        Assert.Equal(utilisation, first.RootElement.GetProperty("utilisation_percent").GetDouble(), 9);
        Assert.InRange(first.RootElement.GetProperty("state_bytes").GetInt64(), 784 * 256 * sizeof(float), 784 * 256 * 100);
    }

    [Fact]
    public void The_map_of_16_bit_state_shows_what_it_saves_and_what_it_borrows()
    {
        CliRun wide = CliRun.Of("map", "--json");
        CliRun narrow = CliRun.Of("map", "--json", "--set", "rpu_config.runtime.data_type=half");
        Assert.Equal((0, ""), (narrow.ExitCode, narrow.Error));
        using JsonDocument before = JsonDocument.Parse(wide.Out.Split('\n')[0]);
        using JsonDocument after = JsonDocument.Parse(narrow.Out.Split('\n')[0]);
        long saved = before.RootElement.GetProperty("state_bytes").GetInt64() - after.RootElement.GetProperty("state_bytes").GetInt64();
        Assert.InRange(saved, 784 * 256 * 2, 784 * 256 * 2.2);
        Assert.Contains("32-bit working copies of 16-bit state of", CliRun.Of("map", "--set", "rpu_config.runtime.data_type=half").Out);
        Assert.DoesNotContain("working copies", CliRun.Of("map").Out);
    }

    [Theory]
    [InlineData(256, "digital")]
    [InlineData(1024, "analog")]
    public void The_map_tells_where_the_bias_lives(int maxInputSize, string bias)
    {
        CliRun map = CliRun.Of("map", "--json", "--set", "rpu_config.mapping.digital_bias=false", "--set", $"rpu_config.mapping.max_input_size={maxInputSize}");
        using JsonDocument first = JsonDocument.Parse(map.Out.Split('\n')[0]);
        Assert.Equal(bias, first.RootElement.GetProperty("bias").GetString());
    }

    [Fact]
    public void Larger_batches_store_more()
    {
        long Stored(string batch)
        {
            using JsonDocument first = JsonDocument.Parse(CliRun.Of("map", "--json", "--set", $"training.batch_size={batch}").Out.Split('\n')[0]);
            return first.RootElement.GetProperty("stored_bytes").GetInt64();
        }

        Assert.InRange(Stored("40"), Stored("10") + 1, 4 * Stored("10")); // the evaluation chunk stays as it is
        Assert.Equal(Stored("40") - Stored("10"), Stored("70") - Stored("40"));
    }
}
