namespace Tessera.Kernels.Configuration;

/// <summary>Digital steps of a tile before and after its product. aihwkit's <c>PrePostProcessingParameter</c>.</summary>
public sealed record PrePostProcessingParameter
{
    /// <summary>Clips and normalises the inputs. Default: off.</summary>
    public InputRangeParameter InputRange { get; init; } = new();
}

/// <summary>
/// The input range of a tile: inputs are clipped to +-R and divided by R, outputs multiplied by R. aihwkit's <c>InputRangeParameter</c> with its
/// defaults (spec forward, section 11). R belongs to the tile and changes at commits only.
/// </summary>
public sealed record InputRangeParameter
{
    /// <summary>Whether the tile has an input range. Default false.</summary>
    public bool Enable { get; init; }

    /// <summary>Whether the range is trained with the learning rate of the tile. Default true.</summary>
    public bool LearnInputRange { get; init; } = true;

    /// <summary>First value, above 0. Default 3.</summary>
    public float InitValue { get; init; } = 3.0f;

    /// <summary>Mini-batches that set the range from their data, 0 or more; 0 is off. Default 100.</summary>
    public int InitFromData { get; init; } = 100;

    /// <summary>Range in standard deviations of the inputs while it is set from data, above 0. Default 3.</summary>
    public float InitStdAlpha { get; init; } = 3.0f;

    /// <summary>Gradient, in units of the range, that shrinks it, 0 or more; 0 is off. Default 0.001.</summary>
    public float Decay { get; init; } = 0.001f;

    /// <summary>Fraction of inputs inside the range above which it decays, 0 to 1. Default 0.95.</summary>
    public float InputMinPercentage { get; init; } = 0.95f;

    /// <summary>
    /// Whether clipped outputs enlarge the range. Needs a read-out that is not perfect, with noise and bound management off. Default false.
    /// </summary>
    public bool ManageOutputClipping { get; init; }

    /// <summary>Fraction of outputs inside their bound below which the range grows, 0 to 1. Default 0.95.</summary>
    public float OutputMinPercentage { get; init; } = 0.95f;

    /// <summary>Factor on a relative gradient. Default 1.</summary>
    public float GradientScale { get; init; } = 1.0f;

    /// <summary>Whether the gradient is multiplied by the range. Default true.</summary>
    public bool GradientRelative { get; init; } = true;
}
