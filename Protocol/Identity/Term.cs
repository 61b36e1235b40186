namespace Tessera.Protocol.Identity;

/// <summary>Incarnation of a run: every recovery takes a new, higher one. Receivers refuse messages of an older term.</summary>
/// <param name="Value">1 or more; 0 is no term.</param>
public readonly record struct Term(ulong Value) : IComparable<Term>
{
    /// <summary>Before the first.</summary>
    public static readonly Term None = default;

    /// <summary>The term of a run that never recovered.</summary>
    public static readonly Term First = new(1);

    /// <inheritdoc/>
    public int CompareTo(Term other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => $"term {Value}";
}
