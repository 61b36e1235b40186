using Tessera.Actors.Machines;
using Tessera.Actors.Tests.Support;
using Tessera.Coordination.Experiments;
using Tessera.Kernels.Configuration;

namespace Tessera.Coordination.Tests.Support;

/// <summary>Small experiments and tiles without physics.</summary>
internal static class Networks
{
    public const int Features = 23;
    public const int Classes = 5;

    /// <summary>Tiles that compute exactly, rounded once.</summary>
    public static TileConstructor Perfect { get; } = (_, shape, _) => new PerfectTile(shape);

    /// <summary>Tiles whose every product and update is disturbed by a function of its address.</summary>
    public static TileConstructor Disturbed { get; } = (_, shape, identity) => new PerfectTile(shape, 1e-3f, (uint)identity.Seed + identity.Tile);

    /// <summary>23-12-5 with tanh and log-softmax.</summary>
    /// <param name="maxSize">Most rows and columns of a tile; 0 is no limit.</param>
    public static ExperimentConfig Mlp(int maxSize = 0, int batch = 10, int micro = 0, int epochs = 2, bool digitalBias = true) => new()
    {
        Seed = 42,
        RpuConfig = new FloatingPointRPUConfig
        {
            Mapping = new MappingParameter { MaxInputSize = maxSize, MaxOutputSize = maxSize, DigitalBias = digitalBias },
        },
        Training = new TrainingConfig { Epochs = epochs, BatchSize = batch, MicroBatchSize = micro, LearningRate = 0.1f },
        Network = new NetworkConfig
        {
            Layers =
            [
                new LayerConfig { Type = LayerKind.AnalogLinear, Name = "hidden", InFeatures = Features, OutFeatures = 12 },
                new LayerConfig { Type = LayerKind.Tanh },
                new LayerConfig { Type = LayerKind.AnalogLinear, Name = "output", InFeatures = 12, OutFeatures = Classes },
                new LayerConfig { Type = LayerKind.LogSoftmax },
            ],
        },
    };

    /// <summary>Two branches that meet: x -> trunk -> (left, right) -> sum -> output, a digital linear layer, dropout in between.</summary>
    public static ExperimentConfig Branched(int micro = 0, LossKind loss = LossKind.CrossEntropyLoss, float dropout = 0f) => Mlp(6, 10, micro) with
    {
        Network = new NetworkConfig
        {
            Loss = loss,
            Layers =
            [
                new LayerConfig { Type = LayerKind.Linear, Name = "trunk", InFeatures = Features, OutFeatures = 9 },
                new LayerConfig { Type = LayerKind.Sigmoid, Name = "act" },
                new LayerConfig { Type = LayerKind.AnalogLinear, Name = "left", Inputs = ["act"], InFeatures = 9, OutFeatures = 7 },
                new LayerConfig { Type = LayerKind.Linear, Name = "right", Inputs = ["act"], InFeatures = 9, OutFeatures = 7 },
                new LayerConfig { Type = LayerKind.Add, Name = "sum", Inputs = ["left", "right"] },
                new LayerConfig { Type = LayerKind.Dropout, Name = "drop", P = dropout },
                new LayerConfig { Type = LayerKind.AnalogLinear, Name = "output", InFeatures = 7, OutFeatures = Classes },
            ],
        },
    };
}
