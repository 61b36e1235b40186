using Tessera.Kernels.Numerics;

namespace Tessera.Host.Bench;

/// <summary>A mini-batch for square cells, and the parts of a transfer: a one-hot vector and a column of pulses.</summary>
internal sealed class CellVectors : IDisposable
{
    /// <summary>Vectors of the mini-batch.</summary>
    public const int Batch = 32;

    private readonly NativeBuffer<float> _x;
    private readonly NativeBuffer<float> _d;

    /// <summary>Draws the vectors.</summary>
    /// <param name="n">Rows and columns of the cells.</param>
    public CellVectors(int n)
    {
        Size = n;
        _x = new NativeBuffer<float>(n * Batch);
        _d = new NativeBuffer<float>(n * Batch);
        BenchContext.FillUniform(_x.Span, 1);
        BenchContext.FillUniform(_d.Span, 2);
        OneHot = new float[n];
        OneHot[n / 2] = 1;
        Column = _d.Span[..n].ToArray();
    }

    /// <summary>Rows and columns.</summary>
    public int Size { get; }

    /// <summary>A vector that selects a column.</summary>
    public float[] OneHot { get; }

    /// <summary>What is written to a column.</summary>
    public float[] Column { get; }

    /// <summary>The first inputs of the mini-batch.</summary>
    public ReadOnlySpan<float> Inputs(int count) => _x.Span[..(Size * count)];

    /// <summary>The first gradients of the mini-batch.</summary>
    public ReadOnlySpan<float> Gradients(int count) => _d.Span[..(Size * count)];

    /// <inheritdoc/>
    public void Dispose()
    {
        _x.Dispose();
        _d.Dispose();
    }
}
