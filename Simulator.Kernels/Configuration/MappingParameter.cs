namespace Tessera.Kernels.Configuration;

/// <summary>How a layer is cut onto tiles and scaled. aihwkit's <c>MappingParameter</c> with its defaults (spec mapping, section 1).</summary>
public sealed record MappingParameter
{
    /// <summary>Bias added digitally; false puts it in an extra last column of the crossbar (single tiles only). Default true.</summary>
    public bool DigitalBias { get; init; } = true;

    /// <summary>Above 0: weights are scaled so that their largest magnitude becomes this, the inverse is kept as a digital scale. Default 0 (off).</summary>
    public float WeightScalingOmega { get; init; }

    /// <summary>One mapping scale per output instead of one per tile. Default false.</summary>
    public bool WeightScalingColumnwise { get; init; }

    /// <summary>Put the scale into the learning rate instead of the gradient. Default false.</summary>
    public bool WeightScalingLrCompensation { get; init; }

    /// <summary>Extra trainable digital output scale, initially 1. Default false.</summary>
    public bool LearnOutScaling { get; init; }

    /// <summary>That scale per output instead of per tile. Default false.</summary>
    public bool OutScalingColumnwise { get; init; }

    /// <summary>Most columns of a tile; 0 or less is no limit. Default 512.</summary>
    public int MaxInputSize { get; init; } = 512;

    /// <summary>Most rows of a tile; 0 or less is no limit. Default 512.</summary>
    public int MaxOutputSize { get; init; } = 512;
}
