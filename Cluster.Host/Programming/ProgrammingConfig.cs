using Tessera.Kernels.Configuration;

namespace Tessera.Host.Programming;

/// <summary>
/// A map of programming errors, as a file describes it: each rule trains one tile towards a random matrix, once for every number of device states, every
/// spread of the reference and every construction of the devices.
/// </summary>
internal sealed record ProgrammingConfig
{
    /// <summary>Seed of the target, the inputs, the devices and all noise. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Outputs of the tile, 1 to 512. Default 20.</summary>
    public int Rows { get; init; } = 20;

    /// <summary>Inputs of the tile, 1 to 512. Default 20.</summary>
    public int Columns { get; init; } = 20;

    /// <summary>Spread of the target weights, which are normal and cut off at twice this, above 0. Default 0.3.</summary>
    public float TargetStd { get; init; } = 0.3f;

    /// <summary>Inputs that a rule learns from, one at a time, 1 or more. Default 10,000.</summary>
    public int Updates { get; init; } = 10_000;

    /// <summary>Constructions of the devices whose errors are averaged, 1 or more. Default 3.</summary>
    public int Constructions { get; init; } = 3;

    /// <summary>Rows of the map: pulses that cross the range of a device, (w_max - w_min) / dw_min.</summary>
    public required IReadOnlyList<float> States { get; init; }

    /// <summary>Columns of the map: spread of the difference between the references and the symmetry points of the devices that gradients go to.</summary>
    public required IReadOnlyList<float> ReferenceStd { get; init; }

    /// <summary>Devices that hold the weight: the only ones of a rule without a compound, else all but the first.</summary>
    public SoftBoundsReferenceDevice WeightDevice { get; init; } = new();

    /// <summary>First device of a compound, which gathers gradients.</summary>
    public SoftBoundsReferenceDevice GradientDevice { get; init; } = new();

    /// <summary>The rules, a picture each.</summary>
    public required IReadOnlyList<ProgrammingRule> Rules { get; init; }
}

/// <summary>One learning rule.</summary>
internal sealed record ProgrammingRule
{
    /// <summary>What it is called in tables and pictures.</summary>
    public required string Name { get; init; }

    /// <summary>Learning rate of the tile, above 0. Default 0.1.</summary>
    public float LearningRate { get; init; } = 0.1f;

    /// <summary>The physics; its devices come from the map. Default plain pulses.</summary>
    public AnalogRPUConfig RpuConfig { get; init; } = new SingleRPUConfig();
}
