using System.Globalization;
using System.Text.Json;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Runs;

/// <summary>
/// The main example on MNIST's 10,000 test images (0..7999 for training, 8000..9999 for testing), beside what aihwkit reaches with the same network:
/// 95.9 % (constant step), 95.6 % (floating point), 93.2 % (soft bounds), means of three seeds after 15 epochs.
/// </summary>
public sealed class MainJobTests
{
    private static readonly string? MnistFolder = Environment.GetEnvironmentVariable("TESSERA_DATA");

    [SkippableFact]
    public void Two_epochs_already_learn()
    {
        Assert.InRange(Accuracy("mnist-mlp.yaml", seed: 1, epochs: 2), 0.915, 0.96);
    }

    [SkippableTheory]
    [Trait("Category", "Long")]
    [InlineData("mnist-mlp.yaml", 0.953, 1.0)]
    [InlineData("mnist-mlp-floating-point.yaml", 0.956 - 0.007, 0.956 + 0.007)]
    [InlineData("mnist-mlp-softbounds.yaml", 0.932 - 0.007, 0.932 + 0.007)]
    public void Fifteen_epochs_reach_the_accuracy_of_aihwkit(string example, double least, double most)
    {
        var mean = (Accuracy(example, 1, 15) + Accuracy(example, 2, 15) + Accuracy(example, 3, 15)) / 3;

        Assert.InRange(mean, least, most);
    }

    private static double Accuracy(string example, int seed, int epochs)
    {
        Skip.If(MnistFolder is null, "skipped: TESSERA_DATA does not name a folder with MNIST's IDX files");
        using TemporaryFolder folder = new();
        var run = folder.PathOf("run");
        var result = CliRun.Of(
            "train",
            Examples.PathOf(example),
            "--data",
            MnistFolder!,
            "--seed",
            seed.ToString(CultureInfo.InvariantCulture),
            "--set",
            string.Create(CultureInfo.InvariantCulture, $"training.epochs={epochs}"),
            "--run-dir",
            run);
        Assert.Equal("", result.Error);
        using var last = JsonDocument.Parse(File.ReadAllLines(Path.Combine(run, "metrics.jsonl"))[^1]);
        return last.RootElement.GetProperty("test_accuracy").GetDouble();
    }
}
