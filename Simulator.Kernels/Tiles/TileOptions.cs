namespace Tessera.Kernels.Tiles;

/// <summary>How a tile used as a library object is wired; tiles of a plan keep the defaults, since the plan adds digital biases after the reduction.</summary>
public sealed record TileOptions
{
    /// <summary>Adds a trainable digital bias to each output, initially 0. Excludes an analog bias column. Default false.</summary>
    public bool DigitalBias { get; init; }

    /// <summary>x-like arrays are [InSize, batch] instead of [batch, InSize]. Default false.</summary>
    public bool InTrans { get; init; }

    /// <summary>d- and y-like arrays are [OutSize, batch] instead of [batch, OutSize]. Default false.</summary>
    public bool OutTrans { get; init; }
}

/// <summary>How weights are set (spec tile-api, section 5.2).</summary>
public sealed record SetWeightsOptions
{
    /// <summary>Whether omega above 0 rescales the weights and sets the mapping scales. Default true.</summary>
    public bool ApplyWeightScaling { get; init; } = true;

    /// <summary>Largest magnitude of the stored weights; null takes <c>mapping.weight_scaling_omega</c>, 0 leaves the scales as they are.</summary>
    public float? WeightScalingOmega { get; init; }

    /// <summary>Step in the address of the device's own reaction, such as write noise. Default 0.</summary>
    public ulong Step { get; init; }
}
