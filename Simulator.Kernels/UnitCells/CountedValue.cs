using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.UnitCells;

/// <summary>A counter that snapshots can hold: two exact 32-bit floats of 24 bits each. Up to 2^48.</summary>
internal sealed class CountedValue(string name)
{
    private const long Base = 1 << 24;
    private readonly float[] _digits = new float[2];

    /// <summary>The count, 0 or more.</summary>
    internal long Value
    {
        get => ((long)_digits[1] * Base) + (long)_digits[0];
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, Base * Base);
            _digits[0] = value % Base;
            _digits[1] = value / Base;
        }
    }

    /// <summary>Shows the count to a visitor.</summary>
    internal void VisitState(ITileStateVisitor visitor) => visitor.Visit(name, 1, 2, 2, _digits);
}
