namespace Tessera.Kernels.Configuration;

/// <summary>Numbers in which tiles keep their mutable state. Arithmetic is done in 32 bits whatever they are.</summary>
public enum RPUDataType
{
    /// <summary>32-bit floating point.</summary>
    Float,

    /// <summary>16-bit floating point (IEEE 754 binary16).</summary>
    Half,
}

/// <summary>How tiles keep their state. aihwkit's <c>RuntimeParameter</c>, as far as it says anything about results.</summary>
public sealed record RuntimeParameter
{
    /// <summary>
    /// Numbers of visible, persistent and hidden weights, and of all arrays and digital buffers of cells. With half they are rounded after each sample of a mini-batch;
    /// device parameters stay in 32 bits, except that bounds are rounded to 16 bits, towards zero. Half needs the <c>dw_min</c> of every device to be at least twice the
    /// distance of 16-bit numbers at its <c>w_max</c>. Default float.
    /// </summary>
    public RPUDataType DataType { get; init; }

    /// <summary>
    /// Rounds 16-bit state up or down by chance, so that the mean is kept, instead of to the nearest number. Weights that are set are rounded to
    /// the nearest number in any case. Default false.
    /// </summary>
    public bool StochasticRounding { get; init; }
}
