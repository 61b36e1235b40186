namespace Tessera.Host.Tests.CommandLine;

/// <summary>A small network and a few images of 6 x 6 pixels, which train in a moment and still use every kind of tile.</summary>
internal static class TrainingFixture
{
    /// <summary>Devices of the pulsed tiles, and the digital reference.</summary>
    public static readonly string[] Physics =
    [
        "{device: ConstantStepDevice, mapping: {max_input_size: 20, max_output_size: 16}}",
        "{device: {type: LinearStepDevice, gamma_up: 0.1, gamma_down: 0.1}, mapping: {max_input_size: 20}}",
        "{device: {type: SoftBoundsDevice, write_noise_std: 0.1}, forward: {w_noise: 0.02, w_noise_type: ADDITIVE_CONSTANT}}",
        "{device: {type: IdealDevice, diffusion: 0.001}, mapping: {digital_bias: false}}",
        "{type: FloatingPointRPUConfig, mapping: {weight_scaling_omega: 0.6, learn_out_scaling: true}}",
    ];

    /// <summary>Writes data and experiment; returns the arguments of <c>train</c> without the run folder.</summary>
    public static string[] Write(TemporaryFolder folder, string physics)
    {
        string data = folder.WriteIdx("data", images: 50, labels: 50, label: 3, side: 6);
        string file = folder.Write(
            "small.yaml",
            $$"""
            seed: 7
            network:
              layers:
                - {type: AnalogLinear, in_features: 36, out_features: 24}
                - Tanh
                - {type: Dropout, p: 0.1}
                - {type: AnalogLinear, in_features: 24, out_features: 10}
                - LogSoftmax
            rpu_config: {{physics}}
            training: {epochs: 2, batch_size: 10, learning_rate: 0.1}
            """);
        return ["train", file, "--data", data];
    }

    /// <summary>The value behind a name in the program's output.</summary>
    public static string Value(string output, string name)
    {
        string line = Assert.Single(output.Split('\n'), line => line.StartsWith(name + ": ", StringComparison.Ordinal));
        return line[(name.Length + 2)..].TrimEnd('\r');
    }
}
