using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Sweeps;

/// <summary>Two devices, two learning rates, two seeds, on a few tiny images: eight runs of ten steps.</summary>
internal static class SmallSweep
{
    /// <summary>Experiment of the sweep, indented as below <c>experiment:</c>.</summary>
    public const string Experiment = """
          network:
            layers:
              - {type: AnalogLinear, in_features: 36, out_features: 10}
              - LogSoftmax
          training: {epochs: 2, batch_size: 10, learning_rate: 0.1}
        """;

    private const string Axes = """
        axes:
          device:
            - {name: constant, set: {rpu_config.device: ConstantStepDevice}}
            - {name: soft, set: {rpu_config.device: SoftBoundsDevice}}
          rate:
            - {name: fast, set: {training.learning_rate: 0.1}}
            - {name: slow, set: {training.learning_rate: 0.01}}
        seeds: [3, 4]
        """;

    /// <summary>Writes data and sweep; returns the arguments of the command with the folder <c>results</c>.</summary>
    public static string[] Write(TemporaryFolder folder, string axes = Axes)
    {
        string data = folder.WriteIdx("data", images: 50, labels: 50, label: 3, side: 6);
        string file = folder.Write("small.yaml", $"experiment:\n{Experiment}\n{axes}\n");
        return ["sweep", file, "--data", data, "--threads", "1", "--run-dir", folder.PathOf("results")];
    }
}
