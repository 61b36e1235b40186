using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Digital;

/// <summary>
/// A digital linear layer, y = W x + b. Products follow <see cref="Gemm"/>; the bias is added last; gradients are chains over the samples
/// (<see cref="LinearGradient"/>, <see cref="Bias"/>).
/// </summary>
public sealed class LinearOperator : IDigitalOperator
{
    private readonly DigitalParameter _weight; // [row * Stride + column], row = output
    private readonly DigitalParameter? _bias; // [output]
    private readonly PaddedRows _x;
    private readonly PaddedRows _y;

    /// <summary>Creates the layer with PyTorch's default initialisation.</summary>
    /// <param name="inFeatures">Inputs, 1 or more.</param>
    /// <param name="outFeatures">Outputs, 1 or more.</param>
    /// <param name="bias">Whether there is a bias. PyTorch's default true.</param>
    /// <param name="identity">Seed of the run and index of the stage, which address the initial weights.</param>
    public LinearOperator(int inFeatures, int outFeatures, bool bias, TileIdentity identity)
    {
        InFeatures = inFeatures;
        OutFeatures = outFeatures;
        _weight = new DigitalParameter("weight", outFeatures, inFeatures);
        _bias = bias ? new DigitalParameter("bias", 1, outFeatures) : null;
        Parameters = _bias is null ? [_weight] : [_weight, _bias];
        _x = new PaddedRows(inFeatures);
        _y = new PaddedRows(outFeatures);
        for (var row = 0; row < outFeatures; row++)
        {
            LinearInitialisation.WeightRow(identity, row, _weight.Row(row), inFeatures);
        }

        if (_bias is not null)
        {
            LinearInitialisation.Bias(identity, _bias.Row(0), inFeatures);
        }
    }

    /// <inheritdoc/>
    public int InFeatures { get; }

    /// <inheritdoc/>
    public int OutFeatures { get; }

    /// <inheritdoc/>
    public BackwardNeeds Needs => BackwardNeeds.Input;

    /// <inheritdoc/>
    public IReadOnlyList<DigitalParameter> Parameters { get; }

    /// <inheritdoc/>
    public void Forward(in ReadAddress at, ReadOnlySpan<float> x, Span<float> y, int batch)
    {
        var rows = _y.Reserve(batch);
        Gemm.Forward(_weight.Values, OutFeatures, InFeatures, _weight.Stride, _x.Pad(x, batch), _x.Stride, rows, _y.Stride, batch);
        if (_bias is not null)
        {
            Bias.AddTo(_bias.Row(0), rows, _y.Stride, batch);
        }

        _y.CopyTo(y, batch);
    }

    /// <inheritdoc/>
    public void Backward(in ReadAddress at, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int batch)
    {
        LinearGradient.Accumulate(_weight.Gradients, OutFeatures, _weight.Stride, _x.Pad(x, batch), dy, OutFeatures, batch);
        if (_bias is not null)
        {
            Bias.AccumulateGradient(_bias.Gradients[..OutFeatures], dy, OutFeatures, batch);
        }

        if (!dx.IsEmpty)
        {
            var rows = _x.Reserve(batch);
            Gemm.Transposed(_weight.Values, OutFeatures, InFeatures, _weight.Stride, _y.Pad(dy, batch), _y.Stride, rows, _x.Stride, batch);
            _x.CopyTo(dx, batch);
        }
    }

    /// <inheritdoc/>
    public void VisitState(ITileStateVisitor visitor)
    {
        foreach (var parameter in Parameters)
        {
            parameter.VisitState(visitor);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight.Dispose();
        _bias?.Dispose();
        _x.Dispose();
        _y.Dispose();
    }
}
