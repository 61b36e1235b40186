namespace Tessera.Protocol.Identity;

/// <summary>Mini-batch counter of a run. Step 0 is construction and initial weights; the first mini-batch is step 1.</summary>
/// <param name="Value">Steps; part of every random address, which holds 32 bits.</param>
public readonly record struct StepId(ulong Value) : IComparable<StepId>
{
    /// <summary>State of a network that has seen no data.</summary>
    public static readonly StepId Construction = new(0);

    /// <summary>The step after this one.</summary>
    public StepId Next => new(Value + 1);

    /// <inheritdoc/>
    public int CompareTo(StepId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => $"step {Value}";
}
