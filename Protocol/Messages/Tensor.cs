namespace Tessera.Protocol.Messages;

/// <summary>
/// A view of row-major 32-bit floats that travels with a message. The memory belongs to the sender until the receiver has handled the message;
/// whoever needs the values longer copies them.
/// </summary>
/// <param name="Values">Backing array.</param>
/// <param name="Offset">Index of the first value.</param>
/// <param name="Rows">Vectors.</param>
/// <param name="Columns">Values of a vector.</param>
/// <param name="Stride">Distance between the first values of two vectors.</param>
public readonly record struct Tensor(float[] Values, int Offset, int Rows, int Columns, int Stride)
{
    /// <summary>Whether rows follow each other without a gap.</summary>
    public bool IsDense => Stride == Columns || Rows == 1;

    /// <summary>One vector.</summary>
    public Span<float> Row(int row) => Values.AsSpan(Offset + (row * Stride), Columns);

    /// <summary>All values of a dense view.</summary>
    public Span<float> Dense => IsDense
        ? Values.AsSpan(Offset, Rows * Columns)
        : throw new InvalidOperationException($"A view of {Rows} x {Columns} values with stride {Stride} is not dense; read it row by row.");

    /// <summary>Columns first .. first + count - 1 of every vector: the part of a layer's input or gradient that one tile reads.</summary>
    public Tensor Part(int first, int count) => new(Values, Offset + first, Rows, count, Stride);

    /// <summary>The first vectors.</summary>
    public Tensor Top(int rows) => this with { Rows = rows };

    /// <summary>Vectors first .. first + count - 1.</summary>
    public Tensor Slice(int first, int count) => this with { Offset = Offset + (first * Stride), Rows = count };

    /// <summary>Copies into dense memory of Rows * Columns values.</summary>
    public void CopyTo(Span<float> dense)
    {
        if (IsDense)
        {
            Dense.CopyTo(dense);
            return;
        }

        for (var row = 0; row < Rows; row++)
        {
            Row(row).CopyTo(dense[(row * Columns)..]);
        }
    }
}
