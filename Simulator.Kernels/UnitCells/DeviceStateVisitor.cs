using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.UnitCells;

/// <summary>Puts the name of a device in front of the names of its arrays.</summary>
internal sealed class DeviceStateVisitor(ITileStateVisitor inner, string prefix) : ITileStateVisitor
{
    /// <inheritdoc/>
    public void Visit(string name, int rows, int columns, int stride, Span<float> values) => inner.Visit(prefix + name, rows, columns, stride, values);

    /// <inheritdoc/>
    public void VisitHalf(string name, int rows, int columns, int stride, Span<Half> values) => inner.VisitHalf(prefix + name, rows, columns, stride, values);
}
