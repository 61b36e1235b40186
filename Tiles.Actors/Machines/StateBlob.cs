using Tessera.Kernels.Tiles;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Machines;

/// <summary>
/// State that is named to a visitor, as a safetensors blob. The state is visited twice, first for the layout and then for the values, so that every
/// value is copied once: a copy of the state is taken while training waits.
/// </summary>
public static class StateBlob
{
    /// <summary>Writes all arrays that the state names. Equal state gives equal bytes.</summary>
    /// <param name="metadata">Lines of metadata: keys and values.</param>
    /// <param name="visitState">Names the same arrays, in the same order, whenever it is called.</param>
    public static byte[] Write(IEnumerable<(string Key, string Value)> metadata, Action<ITileStateVisitor> visitState)
    {
        var layout = new SafetensorsLayout();
        foreach (var (key, value) in metadata)
        {
            layout.AddMetadata(key, value);
        }

        visitState(new Declarer(layout));
        var blob = layout.Allocate();
        var filler = new Filler(layout);
        visitState(filler);
        return filler.Seen == layout.Count
            ? blob
            : throw new InvalidOperationException(
                $"The state named {layout.Count} arrays at first and {filler.Seen} at the second visit; both must agree.");
    }

    private sealed class Declarer(SafetensorsLayout layout) : ITileStateVisitor
    {
        public void Visit(string name, int rows, int columns, int stride, Span<float> values) =>
            layout.Declare(name, SafetensorsType.F32, rows, columns);
    }

    private sealed class Filler(SafetensorsLayout layout) : ITileStateVisitor
    {
        public int Seen { get; private set; }

        public void Visit(string name, int rows, int columns, int stride, Span<float> values) =>
            layout.WriteFloats(Seen++, rows, columns, stride, values);
    }
}
