using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Digital;

/// <summary>
/// A trainable array of a digital stage with its gradient and, where momentum is used, its velocity: [row * Stride + column], the stride a
/// multiple of 16 and the padding always zero.
/// </summary>
public sealed class DigitalParameter : IDisposable
{
    private readonly NativeBuffer<float> _values;
    private readonly NativeBuffer<float> _gradients;
    private NativeBuffer<float>? _velocities;

    /// <summary>Creates a zero parameter.</summary>
    /// <param name="name">Stable name, for instance <c>weight</c>.</param>
    /// <param name="rows">Rows, 1 or more; 1 for a vector.</param>
    /// <param name="columns">Columns, 1 or more.</param>
    public DigitalParameter(string name, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        Name = name;
        Rows = rows;
        Columns = columns;
        Stride = Lanes.RoundUp(columns);
        _values = new NativeBuffer<float>((long)rows * Stride);
        _gradients = new NativeBuffer<float>((long)rows * Stride);
    }

    /// <summary>Stable name within the operator.</summary>
    public string Name { get; }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Columns, without padding.</summary>
    public int Columns { get; }

    /// <summary>Distance in floats between two rows: a multiple of 16.</summary>
    public int Stride { get; }

    /// <summary>Values including the padding.</summary>
    public Span<float> Values => _values.Span;

    /// <summary>Gradient of the loss, summed over the samples since <see cref="ClearGradients"/>, including the padding.</summary>
    public Span<float> Gradients => _gradients.Span;

    /// <summary>Bytes of values, gradients and velocities.</summary>
    public long Bytes => _values.Bytes + _gradients.Bytes + (_velocities?.Bytes ?? 0);

    /// <summary>One row of the values without its padding.</summary>
    public Span<float> Row(int row) => _values.Span.Slice(row * Stride, Columns);

    /// <summary>Sets the gradient to zero; called once per mini-batch, before its first backward pass.</summary>
    public void ClearGradients() => _gradients.Span.Clear();

    /// <summary>One optimiser step with the gradient as it stands.</summary>
    public void Step(in SGD optimizer)
    {
        if (optimizer.Momentum != 0f)
        {
            _velocities ??= new NativeBuffer<float>(_values.Length);
        }

        optimizer.Step(_values.Span, _gradients.Span, _velocities is null ? default : _velocities.Span);
    }

    /// <summary>Names values and, with momentum, velocities. Gradients live within a step and are no state.</summary>
    /// <param name="visitor">Sees the arrays.</param>
    /// <param name="withVelocities">Whether the optimiser has momentum; the velocities exist from the first visit or step on.</param>
    public void VisitState(ITileStateVisitor visitor, bool withVelocities = false)
    {
        visitor.Visit(Name, Rows, Columns, Stride, _values.Span);
        if (withVelocities)
        {
            _velocities ??= new NativeBuffer<float>(_values.Length);
        }

        if (_velocities is not null)
        {
            visitor.Visit(Name + ".velocity", Rows, Columns, Stride, _velocities.Span);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _values.Dispose();
        _gradients.Dispose();
        _velocities?.Dispose();
    }
}
