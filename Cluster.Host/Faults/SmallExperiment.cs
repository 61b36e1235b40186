using System.Globalization;
using System.Text;

namespace Tessera.Host.Faults;

/// <summary>
/// A small experiment on CSV files. Layers of 20-37-6 on tiles of at most 13 inputs and 19 outputs: ragged grids in both directions, more rows than a
/// vector; 13 mini-batches an epoch.
/// </summary>
internal static class SmallExperiment
{
    /// <summary>Mini-batches of an epoch.</summary>
    public const int StepsPerEpoch = 13;

    /// <summary>Writes train.csv and test.csv.</summary>
    public static void WriteSamples(string folder)
    {
        WriteSamples(Path.Combine(folder, "train.csv"), 130, seed: 1);
        WriteSamples(Path.Combine(folder, "test.csv"), 40, seed: 2);
    }

    /// <summary>Writes the experiment and returns its path.</summary>
    /// <param name="folder">Folder of the samples.</param>
    /// <param name="device">
    /// A device; a learning rule of several devices (<c>AGAD</c>, <c>MixedPrecision</c>, <c>TikiTaka</c>, <c>OneSided</c>); <c>InputRange</c> for learned input
    /// ranges and read-outs with most of their effects; <c>Half</c> or <c>HalfByChance</c> for state of 16 bits, rounded to the nearest number or at random,
    /// <c>HalfAGAD</c> for cells of it; or <c>FloatingPoint</c>.
    /// </param>
    /// <param name="epochs">Epochs.</param>
    /// <param name="everySteps">Steps between checkpoints; 0 is none.</param>
    public static string Write(string folder, string device, int epochs = 2, int everySteps = 0)
    {
        string path = Path.Combine(folder, device + ".yaml");
        string physics = Physics(device);
        File.WriteAllText(path, $$"""
            data: {source: csv, folder: {{folder}}}
            network:
              layers:
                - {type: AnalogLinear, name: first, in_features: 20, out_features: 37}
                - {type: Tanh}
                - {type: Dropout, p: 0.1}
                - {type: AnalogLinear, name: second, in_features: 37, out_features: 6}
                - {type: LogSoftmax}
            rpu_config:
            {{physics}}  mapping: {max_input_size: 13, max_output_size: 19}
            training: {epochs: {{epochs}}, batch_size: 10, learning_rate: 0.1}
            checkpoint: {every_steps: {{everySteps}}}
            """);
        return path;
    }

    /// <summary>Rules are set so that 26 mini-batches see transfers, flips of choppers, writes and refreshes.</summary>
    private static string Physics(string device) => device switch
    {
        "FloatingPoint" => "  type: FloatingPointRPUConfig\n",
        "AGAD" => "  type: AGADReRamSBPreset\n  device: {in_chop_prob: 0.3, auto_granularity: 15}\n",
        "MixedPrecision" => "  type: MixedPrecisionReRamSBPreset\n  device: {n_x_bins: 16, n_d_bins: 16}\n",
        "TikiTaka" => "  type: TikiTakaReRamESPreset\n  device: {units_in_mbatch: false}\n",
        "OneSided" => "  type: PCMPreset\n  device: {refresh_upper_thres: 0.2, refresh_lower_thres: 0.05}\n",
        "HalfAGAD" => """
              type: AGADReRamSBPreset
              device: {in_chop_prob: 0.3, auto_granularity: 15}
              runtime: {data_type: half, stochastic_rounding: true}

            """,
        "Half" => "  type: SingleRPUConfig\n  runtime: {data_type: half}\n",
        "HalfByChance" => """
              type: SingleRPUConfig
              device: {type: LinearStepDevice, write_noise_std: 0.7, lifetime: 3000, diffusion: 0.0003}
              runtime: {data_type: half, stochastic_rounding: true}

            """,
        "InputRange" => """
              type: SingleRPUConfig
              forward: {mv_type: PosNegSeparate, w_read_asymmetry_dtod: 0.05, ir_drop: 1, v_offset_std: 0.02, out_nonlinearity: 0.1, slope_calibration: 0.5}
              backward: {type: StandardIOParameters, mv_type: PosNegSeparateDigitalSum, r_series: 0.01, w_noise: 0.01, w_noise_type: PCMRead}
              pre_post: {input_range: {enable: true, init_from_data: 5, init_value: 0.3}}

            """,
        _ => $"  type: SingleRPUConfig\n  device: {{type: {device}}}\n",
    };

    private static void WriteSamples(string path, int count, int seed)
    {
        StringBuilder text = new();
        for (int i = 0; i < count; i++)
        {
            int label = ((i * 7) + seed) % 6;
            text.Append(label);
            for (int j = 0; j < 20; j++)
            {
                double value = (j % 6 == label ? 0.8 : 0.0) + ((((i * 31) + (j * 17) + (seed * 13)) % 23) / 46.0);
                text.Append(CultureInfo.InvariantCulture, $",{value:F4}");
            }

            text.Append('\n');
        }

        File.WriteAllText(path, text.ToString());
    }
}
