using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.UnitCells;

/// <summary>Reads slices of an array by analog products with one-hot vectors: forward for columns, backward for rows.</summary>
internal sealed class SliceReader : IDisposable
{
    private readonly MvmPass _pass;
    private readonly SliceShape _shape;
    private float[] _oneHot = [];

    /// <summary>Builds the reader.</summary>
    /// <param name="io">Non-idealities of the product.</param>
    /// <param name="shape">Slices.</param>
    /// <param name="rows">Outputs of the array.</param>
    /// <param name="columns">Inputs of the array.</param>
    /// <param name="device">Who draws.</param>
    internal SliceReader(IOParameters io, SliceShape shape, int rows, int columns, TileIdentity device)
    {
        _shape = shape;
        _pass = new MvmPass(io, shape.Columns ? MvmDirection.Forward : MvmDirection.Backward, rows, columns, device);
    }

    /// <summary>Reads neighbouring slices, wrapping around.</summary>
    /// <param name="weights">The array.</param>
    /// <param name="step">Step in the address of the noise.</param>
    /// <param name="vector">Vector in the address of the first slice; the next ones follow.</param>
    /// <param name="start">First slice.</param>
    /// <param name="count">Slices.</param>
    /// <param name="values">[count, OutSize], overwritten.</param>
    internal void Read(WeightMatrix weights, uint step, uint vector, int start, int count, Span<float> values)
    {
        var length = count * _shape.InSize;
        if (_oneHot.Length < length) _oneHot = new float[length];
        var inputs = _oneHot.AsSpan(0, length);
        for (var n = 0; n < count; n++) inputs[(n * _shape.InSize) + ((start + n) % _shape.InSize)] = 1;
        _pass.Run(weights, new ReadAddress(ReadPhase.Training, step, (int)vector), inputs, values, count);
        for (var n = 0; n < count; n++) inputs[(n * _shape.InSize) + ((start + n) % _shape.InSize)] = 0;
    }

    /// <summary>Folds the reads of a step into running statistics.</summary>
    internal void Commit(ulong step) => _pass.CommitStatistics(step);

    /// <summary>Shows what a read depends on.</summary>
    internal void VisitState(ITileStateVisitor visitor) => _pass.VisitState(visitor);

    /// <summary>Bytes of scratch for reads of the given number of slices.</summary>
    internal long ScratchBytes(int slices) => _pass.ScratchBytes(slices) + (4L * slices * (_shape.InSize + _shape.OutSize));

    /// <inheritdoc/>
    public void Dispose() => _pass.Dispose();
}
