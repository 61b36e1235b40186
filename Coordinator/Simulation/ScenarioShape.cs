using System.Globalization;
using Tessera.Actors.Simulation;
using Tessera.Coordination.Experiments;
using Tessera.Kernels.Configuration;

namespace Tessera.Coordination.Simulation;

/// <summary>What a simulated run trains, and on how many processes: small, and different for every seed.</summary>
internal sealed record ScenarioShape
{
    /// <summary>One device of every family, one whose visible weights hide the persistent ones, and the two cells with the most state.</summary>
    private static readonly DeviceParameters[] Devices =
    [
        new ConstantStepDevice(), new SoftBoundsDevice(), new SoftBoundsReferenceDevice(), new ExpStepDevice { WriteNoiseStd = 2 }, new PowStepDevice(),
        new PowStepReferenceDevice(), new PiecewiseStepDevice { PiecewiseUp = [1.5f, 1, 0.5f], PiecewiseDown = [0.5f, 1, 1.5f] }, new HiddenStepDevice(),
        new DynamicTransferCompound { UnitCellDevices = [new SoftBoundsDevice(), new SoftBoundsDevice()], InChopProb = 0.5f, AutoScale = true },
        new MixedPrecisionCompound { Device = new SoftBoundsDevice { WriteNoiseStd = 1 }, NXBins = 8, NDBins = 8 },
    ];

    /// <summary>The experiment.</summary>
    public required ExperimentConfig Experiment { get; init; }

    /// <summary>Training samples.</summary>
    public required int TrainSamples { get; init; }

    /// <summary>Test samples.</summary>
    public required int TestSamples { get; init; }

    /// <summary>Most test samples of an evaluation chunk.</summary>
    public required int EvaluationMax { get; init; }

    /// <summary>Processes that host tiles.</summary>
    public required int Nodes { get; init; }

    /// <summary>How many of them join while the run goes on.</summary>
    public required int LateNodes { get; init; }

    /// <summary>Nodes that the first placement waits for.</summary>
    public required int MembersMin { get; init; }

    /// <summary>Processes that can coordinate; all but one stand by.</summary>
    public required int Coordinators { get; init; }

    /// <summary>Longest time that the client takes over a step: runs of few steps last long enough to meet members that come and go.</summary>
    public required TimeSpan PaceMax { get; init; }

    /// <summary>Draws the shape of a seed.</summary>
    public static ScenarioShape Draw(ulong seed)
    {
        var draw = new SimulationRandom(seed * 0x9E3779B97F4A7C15 + 1);
        var features = 6 + draw.Below(8);
        var hidden = 4 + draw.Below(7);
        var batch = 3 + draw.Below(4);
        var samples = batch + draw.Below(4 * batch);
        var nodes = 2 + draw.Below(4);
        var late = draw.Below(2) == 0 ? 0 : 1 + draw.Below(nodes - 1);
        return new ScenarioShape
        {
            Experiment = new ExperimentConfig
            {
                Seed = seed + 1,
                RpuConfig = Physics(Devices[draw.Below(Devices.Length)]) with
                {
                    Mapping = new MappingParameter { MaxInputSize = 4 + draw.Below(6), MaxOutputSize = 3 + draw.Below(6), DigitalBias = draw.Below(2) == 0 },
                },
                Network = Network(draw, features, hidden),
                Training = new TrainingConfig
                {
                    Epochs = 5 + draw.Below(16),
                    BatchSize = batch,
                    MicroBatchSize = draw.Below(3) == 0 ? 0 : 1 + draw.Below(batch),
                    LearningRate = 0.1f,
                },
                Checkpoint = new CheckpointConfig { EverySteps = draw.Below(8), EverySeconds = 0 },
            },
            TrainSamples = samples,
            TestSamples = 1 + draw.Below(8),
            EvaluationMax = 1 + draw.Below(5),
            Nodes = nodes,
            LateNodes = late,
            MembersMin = 1 + draw.Below(nodes),
            Coordinators = 2,
            PaceMax = TimeSpan.FromMilliseconds(draw.Below(8)),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{DeviceName(Experiment.RpuConfig)}, {Nodes} nodes ({LateNodes} late), {Coordinators} coordinators, {Experiment.Training.Epochs} epochs of "
        + $"{TrainSamples} samples by {Experiment.Training.BatchSize} (micro-batch {Experiment.Training.MicroBatchSize}), checkpoint every "
        + $"{Experiment.Checkpoint.EverySteps} steps");

    /// <summary>A chain, or two branches that meet.</summary>
    private static NetworkConfig Network(SimulationRandom draw, int features, int hidden)
    {
        LayerConfig trunk = new() { Type = LayerKind.AnalogLinear, Name = "trunk", InFeatures = features, OutFeatures = hidden };
        LayerConfig output = new() { Type = LayerKind.AnalogLinear, Name = "output", InFeatures = hidden, OutFeatures = TinyData.ClassCount };
        LayerConfig[] middle = draw.Below(3) switch
        {
            0 =>
            [
                new() { Type = LayerKind.AnalogLinear, Name = "left", Inputs = ["act"], InFeatures = hidden, OutFeatures = hidden },
                new() { Type = LayerKind.Linear, Name = "right", Inputs = ["act"], InFeatures = hidden, OutFeatures = hidden },
                new() { Type = LayerKind.Add, Name = "sum", Inputs = ["left", "right"] },
            ],
            1 => [new() { Type = LayerKind.Dropout, Name = "drop", P = 0.2f }],
            _ => [],
        };
        return new NetworkConfig
        {
            Layers = [trunk, new LayerConfig { Type = LayerKind.Tanh, Name = "act" }, .. middle, output, new LayerConfig { Type = LayerKind.LogSoftmax }],
        };
    }

    private static RpuConfig Physics(DeviceParameters device) => device switch
    {
        UnitCell cell => new UnitCellRPUConfig { Device = cell },
        DigitalRankUpdateCell cell => new DigitalRankUpdateRPUConfig { Device = cell },
        _ => new SingleRPUConfig { Device = device },
    };

    private static string DeviceName(RpuConfig physics) => physics switch
    {
        UnitCellRPUConfig cell => cell.Device.GetType().Name,
        DigitalRankUpdateRPUConfig cell => cell.Device.GetType().Name,
        SingleRPUConfig single => single.Device.GetType().Name,
        _ => physics.GetType().Name,
    };
}
