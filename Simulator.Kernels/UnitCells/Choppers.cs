using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.UnitCells;

/// <summary>The signs, +1 or -1, of the slices of a fast array and of the cells across them; a pulse changes direction where the two differ.</summary>
internal sealed class Choppers
{
    private readonly SliceShape _shape;
    private readonly float[] _in; // padded to whole vectors
    private readonly float[] _out;
    private readonly RandomKey _inKey;
    private readonly RandomKey _outKey;

    internal Choppers(SliceShape shape, TileIdentity tile)
    {
        _shape = shape;
        _in = new float[Lanes.RoundUp(shape.InSize)];
        _out = new float[Lanes.RoundUp(shape.OutSize)];
        _in.AsSpan(0, shape.InSize).Fill(1);
        _out.AsSpan(0, shape.OutSize).Fill(1);
        _inKey = RandomKey.Derive(tile, RandomStream.Chopper, 0);
        _outKey = RandomKey.Derive(tile, RandomStream.Chopper, 1);
    }

    /// <summary>Sign of each slice.</summary>
    internal ReadOnlySpan<float> In => _in.AsSpan(0, _shape.InSize);

    /// <summary>Sign of each cell of a slice.</summary>
    internal ReadOnlySpan<float> Out => _out.AsSpan(0, _shape.OutSize);

    /// <summary>Sign of each column of the array, in whole vectors.</summary>
    internal ReadOnlySpan<float> PaddedColumns => _shape.Columns ? _in : _out;

    /// <summary>Sign of each row of the array.</summary>
    internal ReadOnlySpan<float> Rows => _shape.Columns ? Out : In;

    /// <summary>Changes the sign of a slice.</summary>
    internal void Flip(int slice) => _in[slice] = -_in[slice];

    /// <summary>Whether a random draw asks for a flip of a slice.</summary>
    internal bool Asks(int slice, float probability, in DrawAddress at) => RandomField.UniformAt(_inKey, at, 0, slice) < probability;

    /// <summary>Flips cells across the slices at random.</summary>
    internal void FlipOut(float probability, in DrawAddress at)
    {
        for (var cell = 0; cell < _shape.OutSize; cell++)
        {
            if (RandomField.UniformAt(_outKey, at, 0, cell) < probability) _out[cell] = -_out[cell];
        }
    }

    /// <summary>Vectors [count, signs] times the signs.</summary>
    internal static ReadOnlySpan<float> Apply(ReadOnlySpan<float> vectors, ReadOnlySpan<float> signs, ref float[] scratch)
    {
        if (!signs.Contains(-1f)) return vectors;
        if (scratch.Length < vectors.Length) scratch = new float[vectors.Length];
        var signed = scratch.AsSpan(0, vectors.Length);
        for (var first = 0; first < vectors.Length; first += signs.Length)
        {
            for (var i = 0; i < signs.Length; i++) signed[first + i] = vectors[first + i] * signs[i];
        }

        return signed;
    }

    /// <summary>Shows the signs.</summary>
    internal void VisitState(ITileStateVisitor visitor)
    {
        visitor.Visit("cell.in_chopper", 1, _shape.InSize, _shape.InSize, _in.AsSpan(0, _shape.InSize));
        visitor.Visit("cell.out_chopper", 1, _shape.OutSize, _shape.OutSize, _out.AsSpan(0, _shape.OutSize));
    }
}
