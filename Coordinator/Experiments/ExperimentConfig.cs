using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Coordination.Experiments;

/// <summary>One training run, as an experiment file describes it. The defaults are the built-in digits experiment.</summary>
public sealed record ExperimentConfig
{
    /// <summary>Seed of every random number of the run. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Where samples come from.</summary>
    public DataConfig Data { get; init; } = new();

    /// <summary>The stages of the network.</summary>
    public NetworkConfig Network { get; init; } = NetworkConfig.DigitsMlp;

    /// <summary>Physics of every analog layer that has no configuration of its own.</summary>
    public RpuConfig RpuConfig { get; init; } = new SingleRPUConfig { Mapping = new MappingParameter { MaxInputSize = 256, MaxOutputSize = 256 } };

    /// <summary>Optimisation.</summary>
    public TrainingConfig Training { get; init; } = new();

    /// <summary>When the state is stored. Never changes a bit of the result.</summary>
    [ConfigField(Hashed = false)]
    public CheckpointConfig Checkpoint { get; init; } = new();
}

/// <summary>When the state of a run is stored; the end of a run is always stored.</summary>
public sealed record CheckpointConfig
{
    /// <summary>Steps between two checkpoints; 0 is none by steps. Default 0.</summary>
    public int EverySteps { get; init; }

    /// <summary>Seconds between two checkpoints, taken at the next step boundary; 0 is none by time. Default 60.</summary>
    public float EverySeconds { get; init; } = 60f;

    /// <summary>Checkpoints that are kept, the newest ones, 1 or more. Default 2.</summary>
    public int Keep { get; init; } = 2;
}

/// <summary>Kinds of data source.</summary>
public enum DataSource
{
    /// <summary>The built-in 28x28 digits generator.</summary>
    Digits,

    /// <summary>IDX files (plain or gzip), as MNIST ships.</summary>
    Idx,

    /// <summary>CSV: label first, then the features.</summary>
    Csv,

    /// <summary>NPY: one array of features, one of labels.</summary>
    Npy,
}

/// <summary>Where samples come from and which of them are used.</summary>
public sealed record DataConfig
{
    /// <summary>Kind of source; a data folder given on the command line replaces it. Default digits.</summary>
    public DataSource Source { get; init; } = DataSource.Digits;

    /// <summary>Folder of the files; unused by the built-in digits. Where the same data lie is not part of the configuration hash.</summary>
    [ConfigField(Hashed = false)]
    public string? Folder { get; init; }

    /// <summary>Inclusive range of training samples, for instance <c>0..7999</c>. Default: all of the training file.</summary>
    public string? Train { get; init; }

    /// <summary>Inclusive range of test samples. Default: all of the test file. With one file only, both ranges cut that file.</summary>
    public string? Test { get; init; }

    /// <summary>
    /// Side of the squares of pixels that are averaged into one; must divide the height and the width of the images. Default 1: pixels as they are.
    /// </summary>
    [ConfigField(OmittedAtDefault = true)]
    public int Pool { get; init; } = 1;

    /// <summary>
    /// Ranges that take the place of <see cref="Train"/> and <see cref="Test"/> where these are not written, and only while the samples come from
    /// files: an experiment can run on the whole of the built-in digits and, given a data folder, on parts of its files. Null once resolved.
    /// </summary>
    public FileRanges? Files { get; init; }
}

/// <summary>Which samples of a data folder are used.</summary>
public sealed record FileRanges
{
    /// <summary>Inclusive range of training samples. Default: all of the training file.</summary>
    public string? Train { get; init; }

    /// <summary>Inclusive range of test samples. Default: all of the test file.</summary>
    public string? Test { get; init; }
}

/// <summary>Optimisation of a run.</summary>
public sealed record TrainingConfig
{
    /// <summary>Passes over the training data, 1 or more. Default 3.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>Samples of a mini-batch. Default 10.</summary>
    public int BatchSize { get; init; } = 10;

    /// <summary>Samples of a scheduling unit; 0 is the whole mini-batch. Never changes a bit of the result. Default 0.</summary>
    [ConfigField(Hashed = false)]
    public int MicroBatchSize { get; init; }

    /// <summary>Learning rate, above 0. Default 0.05.</summary>
    public float LearningRate { get; init; } = 0.05f;

    /// <summary>How the learning rate changes between epochs. Default constant.</summary>
    public ScheduleConfig Schedule { get; init; } = new();
}

/// <summary>Kinds of learning-rate schedule, named as in PyTorch.</summary>
public enum ScheduleKind
{
    /// <summary>No change.</summary>
    Constant,

    /// <summary>Times gamma every step_size epochs.</summary>
    StepLR,

    /// <summary>Times gamma every epoch.</summary>
    ExponentialLR,

    /// <summary>Half a cosine from the learning rate to eta_min over the epochs.</summary>
    CosineAnnealingLR,
}

/// <summary>How the learning rate changes between epochs.</summary>
public sealed record ScheduleConfig
{
    /// <summary>Kind. Default constant.</summary>
    public ScheduleKind Type { get; init; } = ScheduleKind.Constant;

    /// <summary>Epochs between two changes (StepLR). Default 10.</summary>
    public int StepSize { get; init; } = 10;

    /// <summary>Factor (StepLR, ExponentialLR). Default 0.1.</summary>
    public float Gamma { get; init; } = 0.1f;

    /// <summary>Last learning rate (CosineAnnealingLR). Default 0.</summary>
    public float EtaMin { get; init; }
}
