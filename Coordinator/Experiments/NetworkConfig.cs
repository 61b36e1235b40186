using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Coordination.Experiments;

/// <summary>Kinds of stage, named as in PyTorch and aihwkit.</summary>
public enum LayerKind { AnalogLinear, Linear, Sigmoid, Tanh, ReLU, LeakyReLU, GELU, Dropout, FloatPrecisionCast, LogSoftmax, Add }

/// <summary>Losses, named as in PyTorch; all are means over the mini-batch.</summary>
public enum LossKind { NLLLoss, CrossEntropyLoss, MSELoss }

/// <summary>One stage of a network.</summary>
public sealed record LayerConfig
{
    /// <summary>Kind of stage.</summary>
    public required LayerKind Type { get; init; }

    /// <summary>Name, unique in the network. Default: kind and position, for instance <c>analoglinear1</c>.</summary>
    public string? Name { get; init; }

    /// <summary>Names of the stages whose outputs this one reads; <c>input</c> is the data. Default: the stage above.</summary>
    public IReadOnlyList<string>? Inputs { get; init; }

    /// <summary>Input features (linear layers).</summary>
    public int InFeatures { get; init; }

    /// <summary>Output features (linear layers).</summary>
    public int OutFeatures { get; init; }

    /// <summary>Whether a linear layer has a bias. Default true.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Slope below zero (LeakyReLU). Default 0.01.</summary>
    public float NegativeSlope { get; init; } = 0.01f;

    /// <summary>Probability of dropping a value (Dropout), 0 to below 1. Default 0.5.</summary>
    public float P { get; init; } = 0.5f;

    /// <summary>Bits of the exponent of the numbers that are emulated (FloatPrecisionCast), 2 to 8. Default 8.</summary>
    [ConfigField(OmittedAtDefault = true)]
    public int Exponent { get; init; } = 8;

    /// <summary>Bits of their mantissa, without the leading one (FloatPrecisionCast), 3 to 22. Default 7.</summary>
    [ConfigField(OmittedAtDefault = true)]
    public int Mantissa { get; init; } = 7;

    /// <summary>Whether what is too large for them becomes infinity, which ends a run, instead of the largest (FloatPrecisionCast). Default true.</summary>
    [ConfigField(OmittedAtDefault = true)]
    public bool SaturateToInf { get; init; } = true;

    /// <summary>Physics of this analog layer alone; default is the experiment's.</summary>
    public RpuConfig? RpuConfig { get; init; }
}

/// <summary>The stages of a network and its loss.</summary>
public sealed record NetworkConfig
{
    /// <summary>Stages in order of evaluation.</summary>
    public required IReadOnlyList<LayerConfig> Layers { get; init; }

    /// <summary>Loss. Default NLL of log-probabilities.</summary>
    public LossKind Loss { get; init; } = LossKind.NLLLoss;

    /// <summary>784-256-128-10 with tanh and log-softmax.</summary>
    public static NetworkConfig DigitsMlp { get; } = new()
    {
        Layers =
        [
            new LayerConfig { Type = LayerKind.AnalogLinear, Name = "hidden1", InFeatures = 784, OutFeatures = 256 },
            new LayerConfig { Type = LayerKind.Tanh },
            new LayerConfig { Type = LayerKind.AnalogLinear, Name = "hidden2", InFeatures = 256, OutFeatures = 128 },
            new LayerConfig { Type = LayerKind.Tanh },
            new LayerConfig { Type = LayerKind.AnalogLinear, Name = "output", InFeatures = 128, OutFeatures = 10 },
            new LayerConfig { Type = LayerKind.LogSoftmax },
        ],
    };
}
