namespace Tessera.Host.Tests.CommandLine;

/// <summary>
/// What people get wrong, through the program's own entry point: one message that names the field and the way out, the right exit code, and no
/// stack trace.
/// </summary>
public sealed class BadInputTests
{
    private const string Network = """
        network:
          layers:
            - {type: AnalogLinear, in_features: 4, out_features: 2}
            - LogSoftmax

        """;

    /// <summary>Experiment text, arguments after the file, exit code, and what the message must hold.</summary>
    public static TheoryData<string, string, int, string[]> Experiments => new()
    {
        { "training: {epocs: 3}", "", 2, ["bad.yaml:1:12", "training.epocs", "Did you mean 'epochs'?"] },
        { "trainning: {epochs: 3}", "", 2, ["bad.yaml:1:1", "unknown field 'trainning'", "Did you mean 'training'?"] },
        { "rpu_config:\n  device:\n    dw_mim: 0.1\n", "", 2, ["bad.yaml:3:5", "rpu_config.device.dw_mim", "Did you mean 'dw_min'?"] },
        { "training: {epochs: many}", "", 2, ["training.epochs", "saw 'many'", "expected a whole number"] },
        { "training: {epochs: 2.5}", "", 2, ["saw '2.5'", "expected a whole number"] },
        { "training: {learning_rate: [1, 2]}", "", 2, ["training.learning_rate", "saw a list of 2 items", "expected a single value"] },
        { "training: 3", "", 2, ["training", "saw '3'", "epochs, batch_size"] },
        { "training: {learning_rate: nan}", "", 2, ["training.learning_rate", "saw 'nan'", "finite number"] },
        { "training: {learning_rate: -0.1}", "", 2, ["bad.yaml:1:27", "saw -0.1", "expected a number above 0"] },
        { "training: {epochs: 0}", "", 2, ["training.epochs", "saw 0, expected 1 or more"] },
        { "training: {batch_size: 4, micro_batch_size: 5}", "", 2, ["training.micro_batch_size", "saw 5", "batch_size, which is 4"] },
        { "seed: -1", "", 2, ["seed", "saw '-1'", "0 to 18446744073709551615"] },
        { "rpu_config: {device: {type: ConstantStepDevice, w_min: 0.5}}", "", 2, ["rpu_config.device.w_min", "saw 0.5", "0 must lie between"] },
        { "rpu_config: {device: ReRamDevice}", "", 2, ["rpu_config.device", "saw 'ReRamDevice'", "ConstantStepDevice, LinearStepDevice"] },
        { "rpu_config: {update: {pulse_type: stochastic_compresed}}", "", 2, ["rpu_config.update.pulse_type", "Did you mean 'StochasticCompressed'?"] },
        { "rpu_config: {forward: {ir_drop: -1.0}}", "", 2, ["rpu_config.forward.ir_drop", "saw -1, expected a finite number, 0 or more"] },
        {
            "rpu_config: {forward: {mv_type: BitWise}}", "", 2,
            ["rpu_config.forward.mv_type", "saw BitWise, expected OnePass", "type: IOParametersIRDropT"]
        },
        { "rpu_config: {forward: StandartIOParameters}", "", 2, ["rpu_config.forward", "Did you mean 'StandardIOParameters'"] },
        { "rpu_config: {forward: {inp_bound: 2}}", "", 2, ["rpu_config.forward.inp_bound", "noise_management"] },
        { "network: {layers: [{type: AnalogLinear, in_features: 700, out_features: 10}, LogSoftmax]}", "", 2, ["network.layers.0.in_features", "saw 700, expected 784"] },
        { "network: {layers: [{type: Conv9d}]}", "", 2, ["network.layers.0.type", "saw 'Conv9d'", "AnalogLinear"] },
        { "network: {loss: NLLLoss}", "", 2, ["network.layers", "is missing", "a list"] },
        { "seed: 1\nseed: 2\n", "", 2, ["bad.yaml:2:1", "seed", "written twice", "bad.yaml:1:1"] },
        { "training:\n\tepochs: 3\n", "", 2, ["bad.yaml:2", "not valid YAML", "tab"] },
        { "training: {epochs: 3\n", "", 2, ["bad.yaml", "not valid YAML"] },
        { "", "", 2, ["bad.yaml", "is empty", "examples/"] },
        { "- 1\n- 2\n", "", 2, ["bad.yaml:1:1", "saw a list of 2 items", "seed, data, network"] },
        { "seed: *one\n", "", 2, ["bad.yaml:1:7", "'*one'"] },
        { "data: {train: 9..2}", "", 2, ["data.train", "saw '9..2'", "0..7999"] },
        { "data: {source: Idx}", "", 2, ["data.folder", "is missing", "--data FOLDER"] },
        { "data: {source: Idx, folder: /nowhere/at/all}", "--set network.layers.0.in_features=784", 1, ["/nowhere/at/all", "does not exist"] },
        { "seed: 1", "--set training.epochs", 2, ["--set training.epochs", "expected field=value"] },
        { "seed: 1", "--set training.epochs=x", 2, ["--set training.epochs=x", "training.epochs", "saw 'x'"] },
        { "seed: 1", "--set trainin.epochs=3", 2, ["--set trainin.epochs=3", "Did you mean 'training'?"] },
        { "seed: 1", "--set network.layers.99.bias=false", 2, ["network.layers", "has no item '99'", "0 to 5"] },
        { "seed: 1", "--set training.epochs=[1", 2, ["--set training.epochs=[1", "not valid YAML"] },
        { "seed: 1", "--seed x", 2, ["--seed", "saw 'x'"] },
        { "seed: 1", "--micro-batch 11", 2, ["--micro-batch", "saw 11", "batch_size, which is 10"] },
        { "seed: 1", "--threads 0", 2, ["--threads", "saw '0'", "1 to 1024"] },
        { "seed: 1", "--sead 4", 2, ["unknown option '--sead'", "Did you mean '--seed'?"] },
        { "seed: 1", "--data /nowhere/at/all", 1, ["/nowhere/at/all", "does not exist"] },
        { "seed: 1", "another.yaml", 2, ["no use for 'another.yaml'"] },
    };

    [Theory]
    [MemberData(nameof(Experiments))]
    public void A_bad_experiment_or_option_is_explained(string text, string arguments, int code, string[] fragments)
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("bad.yaml", text);
        RequireExplained(CliRun.Of(["train", file, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]), code, fragments);
    }

    [Theory]
    [InlineData("missing label", 12, 11, 0, 0x08, 1, 1, "labels")]
    [InlineData("truncated", 12, 12, 5, 0x08, 1, 1, "truncated")]
    [InlineData("not bytes", 12, 12, 0, 0x77, 1, 1, "idx3")]
    [InlineData("label without output", 12, 12, 0, 0x08, 9, 1, "label 9")]
    public void A_bad_data_file_is_explained(string name, int images, int labels, int missing, byte type, byte label, int code, string fragment)
    {
        using TemporaryFolder folder = new();
        string data = folder.WriteIdx(name, images, labels, missing, type, label);
        string file = folder.Write("tiny.yaml", Network);
        RequireExplained(CliRun.Of("train", file, "--data", data, "--run-dir", folder.PathOf("run")), code, [fragment]);
    }

    [Fact]
    public void A_not_finite_value_in_data_is_explained()
    {
        using TemporaryFolder folder = new();
        folder.Write("data/train.csv", "0,1,2,3,4\n1,1,NaN,3,4\n");
        folder.Write("data/test.csv", "0,1,2,3,4\n");
        string file = folder.Write("tiny.yaml", Network);
        RequireExplained(CliRun.Of("train", file, "--data", folder.PathOf("data"), "--run-dir", folder.PathOf("run")), 1, ["train.csv", "NaN"]);
    }

    [Fact]
    public void A_range_beyond_the_file_is_explained()
    {
        using TemporaryFolder folder = new();
        string data = folder.WriteIdx("data", 12, 12);
        string file = folder.Write("tiny.yaml", Network);
        RequireExplained(CliRun.Of("train", file, "--data", data, "--set", "data.train=0..99"), 1, ["data.train", "0..99"]);
    }

    [Fact]
    public void Samples_of_another_width_are_explained()
    {
        using TemporaryFolder folder = new();
        string data = folder.WriteIdx("data", 12, 12);
        RequireExplained(CliRun.Of("train", "--data", data, "--run-dir", folder.PathOf("run")), 1, ["4", "784", "in_features"]);
    }

    [Fact]
    public void A_folder_without_data_is_explained()
    {
        using TemporaryFolder folder = new();
        RequireExplained(CliRun.Of("train", "--data", folder.Root), 1, [folder.Root, "train-images"]);
    }

    [Fact]
    public void A_file_in_place_of_the_data_folder_is_explained()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("x.csv", "0,1\n");
        RequireExplained(CliRun.Of("train", "--data", file), 1, [file, "is a file"]);
    }

    [Fact]
    public void A_missing_experiment_file_is_explained()
    {
        using TemporaryFolder folder = new();
        folder.Write("mnist.yaml", "seed: 1");
        RequireExplained(CliRun.Of("train", folder.PathOf("mnits.yaml")), 2, ["mnits.yaml", "Did you mean 'mnist.yaml'?"]);
    }

    [Fact]
    public void A_folder_in_place_of_an_experiment_is_explained()
    {
        using TemporaryFolder folder = new();
        RequireExplained(CliRun.Of("train", folder.Root), 2, ["is a folder", "--data"]);
    }

    [Fact]
    public void A_run_folder_that_is_taken_is_explained()
    {
        using TemporaryFolder folder = new();
        string data = folder.WriteIdx("data", 12, 12);
        string file = folder.Write("tiny.yaml", Network);
        RequireExplained(CliRun.Of("train", file, "--data", data, "--run-dir", data), 2, ["--run-dir", "is not empty"]);
        RequireExplained(CliRun.Of("train", file, "--data", data, "--run-dir", file), 2, ["--run-dir", "is a file"]);
    }

    [Fact]
    public void A_run_folder_that_cannot_be_created_is_explained()
    {
        using TemporaryFolder folder = new();
        string data = folder.WriteIdx("data", 12, 12);
        string file = folder.Write("tiny.yaml", Network);
        RequireExplained(CliRun.Of("train", file, "--data", data, "--run-dir", Path.Combine(file, "run")), 1, ["tiny.yaml", "--run-dir"]);
    }

    [Theory]
    [InlineData("trian", "unknown command 'trian'", "Did you mean 'train'?")]
    [InlineData("verfy", "unknown command 'verfy'", "Did you mean 'verify'?")]
    [InlineData("bake", "unknown command 'bake'", "train")]
    [InlineData("--colour", "unknown option '--colour'", "--help")]
    [InlineData("verify", "RUN", "--help")]
    public void A_wrong_command_is_explained(string command, string fragment, string wayOut) =>
        RequireExplained(CliRun.Of(command), 2, [fragment, wayOut]);

    [Fact]
    public void A_run_that_does_not_exist_is_explained()
    {
        using TemporaryFolder folder = new();
        RequireExplained(CliRun.Of("verify", folder.PathOf("none")), 2, ["none", "tessera train"]);
        RequireExplained(CliRun.Of("verify", folder.Root), 2, ["state.db", "not the folder of a run"]);
    }

    [Fact]
    public void Several_problems_are_reported_at_once_with_their_lines()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("bad.yaml", "seed: x\ntraining:\n  epochs: 0\n  batchsize: 3\nrpu_config: {device: {dw_min: -1}}\n");
        CliRun run = CliRun.Of("train", file);
        RequireExplained(run, 2, ["bad.yaml:1:7: seed", "bad.yaml:3:11: training.epochs", "bad.yaml:4:3: training.batchsize", "bad.yaml:5:31: rpu_config.device.dw_min", "4 problems"]);
    }

    private static void RequireExplained(CliRun run, int code, string[] fragments)
    {
        Assert.Equal(code, run.ExitCode);
        Assert.DoesNotContain("   at ", run.All);
        Assert.DoesNotContain("unexpected failure", run.All);
        Assert.NotEqual("", run.Error);
        foreach (string fragment in fragments) { Assert.Contains(fragment, run.Error); }
    }
}
