using Tessera.Kernels.Tiles;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Machines;

/// <summary>Hands initial weights to a tile, the last column as its bias where the tile has an analog bias column.</summary>
internal static class TileInitialisation
{
    public static void SetWeights(ITile tile, in Tensor combined)
    {
        var shape = tile.Shape;
        var weights = new float[shape.OutSize * shape.InSize];
        var bias = new float[shape.AnalogBias ? shape.OutSize : 0];
        for (var row = 0; row < shape.OutSize; row++)
        {
            var values = combined.Row(row);
            values[..shape.InSize].CopyTo(weights.AsSpan(row * shape.InSize));
            if (shape.AnalogBias)
            {
                bias[row] = values[shape.InSize];
            }
        }

        tile.SetWeights(weights, bias);
    }
}
