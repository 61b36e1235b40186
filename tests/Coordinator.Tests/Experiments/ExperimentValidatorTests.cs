using Tessera.Coordination.Experiments;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Coordination.Tests.Experiments;

public sealed class ExperimentValidatorTests
{
    private static readonly LayerConfig Output = new() { Type = LayerKind.AnalogLinear, Name = "output", InFeatures = 784, OutFeatures = 10 };
    private static readonly LayerConfig LogSoftmax = new() { Type = LayerKind.LogSoftmax };
    private static readonly LayerConfig Tanh = new() { Type = LayerKind.Tanh };

    public static TheoryData<string, string, ExperimentConfig> Impossible => new()
    {
        { "training.epochs", "saw 0, expected 1 or more", Training(new TrainingConfig { Epochs = 0 }) },
        { "training.batch_size", "saw 0", Training(new TrainingConfig { BatchSize = 0 }) },
        { "training.micro_batch_size", "at most batch_size, which is 10", Training(new TrainingConfig { MicroBatchSize = 11 }) },
        { "training.micro_batch_size", "saw -1", Training(new TrainingConfig { MicroBatchSize = -1 }) },
        { "training.learning_rate", "saw 0, expected a number above 0", Training(new TrainingConfig { LearningRate = 0 }) },
        { "training.learning_rate", "saw NaN", Training(new TrainingConfig { LearningRate = float.NaN }) },
        { "training.schedule.step_size", "saw 0", Training(new TrainingConfig { Schedule = new ScheduleConfig { StepSize = 0 } }) },
        { "data.train", "saw '7..3'", new ExperimentConfig { Data = new DataConfig { Train = "7..3" } } },
        { "data.files.test", "saw 'all'", new ExperimentConfig { Data = new DataConfig { Files = new FileRanges { Test = "all" } } } },
        { "data.folder", "source Idx needs the folder", new ExperimentConfig { Data = new DataConfig { Source = DataSource.Idx } } },
        { "data.folder", "built-in digits read no files", new ExperimentConfig { Data = new DataConfig { Folder = "x" } } },
        { "data.pool", "saw 0, expected 1 or more", new ExperimentConfig { Data = new DataConfig { Pool = 0 } } },
        { "data.pool", "saw 3, expected a divisor of 28", new ExperimentConfig { Data = new DataConfig { Pool = 3 } } },
        { "network.layers.0.in_features", "saw 784, expected 196", new ExperimentConfig { Data = new DataConfig { Pool = 2 } } },
        { "network.layers", "saw no layers", Network() },
        { "network.layers.0.in_features", "saw 700, expected 784, the number of features of 'input'", Network(Output with { InFeatures = 700 }, LogSoftmax) },
        { "network.layers.1.in_features", "saw 784, expected 10, the number of features of 'output'", Network(Output, Output with { Name = "second" }, LogSoftmax) },
        { "network.layers.0.out_features", "saw 0, expected 1 or more", Network(Output with { OutFeatures = 0 }, LogSoftmax) },
        { "network.layers.1.in_features", "Tanh keeps the number of features", Network(Output, Tanh with { InFeatures = 10 }, LogSoftmax) },
        { "network.layers.1.name", "'output' is already the name of stage 1", Network(Output, Tanh with { Name = "output" }, LogSoftmax) },
        { "network.layers.0.name", "'input' is the data", Network(Output with { Name = "input" }, LogSoftmax) },
        { "network.layers.1.inputs", "no stage is called 'outptu'. Did you mean 'output'?", Network(Output, LogSoftmax with { Inputs = ["outptu"] }) },
        { "network.layers.0.inputs", "a network has no cycles", Network(Output with { Inputs = ["later"] }, Tanh with { Name = "later", Inputs = ["output"] }, LogSoftmax) },
        { "network.layers.1.inputs", "saw 1 name, expected the names of two or more", Network(Output, new LayerConfig { Type = LayerKind.Add }, LogSoftmax) },
        { "network.layers.1.inputs", "'input' has 784 features and 'output' has 10", Network(Output, new LayerConfig { Type = LayerKind.Add, Inputs = ["input", "output"] }, LogSoftmax) },
        { "network.layers.1", "no stage reads the output of 'side'", Network(Output, Tanh with { Name = "side" }, LogSoftmax with { Inputs = ["output"] }) },
        { "network.layers.1.p", "saw 1, expected a probability", Network(Output, new LayerConfig { Type = LayerKind.Dropout, P = 1 }, LogSoftmax) },
        { "network.layers.1.exponent", "saw 9, expected 2 to 8", Network(Output, new LayerConfig { Type = LayerKind.FloatPrecisionCast, Exponent = 9 }, LogSoftmax) },
        { "network.layers.1.mantissa", "saw 23, expected 3 to 22", Network(Output, new LayerConfig { Type = LayerKind.FloatPrecisionCast, Mantissa = 23 }, LogSoftmax) },
        { "network.layers.1.rpu_config", "Tanh is digital", Network(Output, Tanh with { RpuConfig = new FloatingPointRPUConfig() }, LogSoftmax) },
        { "network.loss", "the last stage is AnalogLinear", Network(Output) },
        { "network.layers.0.rpu_config.update.desired_bl", "saw 0", Network(Output with { RpuConfig = new SingleRPUConfig { Update = new UpdateParameters { DesiredBl = 0 } } }, LogSoftmax) },
        { "rpu_config.device.dw_min", "saw 0", new ExperimentConfig { RpuConfig = new SingleRPUConfig { Device = new ConstantStepDevice { DwMin = 0 } } } },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void An_impossible_experiment_has_one_problem_that_names_the_field(string path, string message, ExperimentConfig config)
    {
        ConfigProblem problem = Assert.Single(Validate(config));
        Assert.Equal(path, problem.Path);
        Assert.Contains(message, problem.Message);
    }

    [Fact]
    public void The_built_in_experiment_is_possible() => Assert.Empty(Validate(new ExperimentConfig()));

    [Fact]
    public void Stages_may_fork_and_join()
    {
        LayerConfig twin = Tanh with { Name = "twin", Inputs = ["output"] };
        LayerConfig sum = new() { Type = LayerKind.Add, Inputs = ["output", "twin"] };
        Assert.Empty(Validate(Network(Output, twin, sum, LogSoftmax)));
    }

    [Theory]
    [InlineData(256)]
    [InlineData(784)]
    public void An_analog_bias_is_possible_on_any_grid(int maxInputSize)
    {
        MappingParameter mapping = new() { DigitalBias = false, MaxInputSize = maxInputSize };
        ExperimentConfig config = Network(Output, LogSoftmax) with { RpuConfig = new SingleRPUConfig { Mapping = mapping } };
        Assert.Empty(Validate(config));
    }

    private static ExperimentConfig Training(TrainingConfig training) => new() { Training = training };

    private static ExperimentConfig Network(params LayerConfig[] layers) => new() { Network = new NetworkConfig { Layers = layers } };

    private static IReadOnlyList<ConfigProblem> Validate(ExperimentConfig config)
    {
        ConfigProblems problems = new(new SourceMark("test"));
        ExperimentValidator.Validate(config, problems);
        return problems.All;
    }
}
