using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Tiles;

/// <content>The input range (spec tile-api, section 5.3).</content>
public abstract partial class SimulatorTile
{
    private readonly InputRange? _range;
    private float[] _rangeScratch = [];

    /// <inheritdoc/>
    public bool NeedsBackward => _range is { Learns: true };

    /// <summary>The input range, above 0; null for a tile without one.</summary>
    public float? InputRange => _range?.Value;

    /// <summary>Mini-batches that set the input range from their data; 0 for a tile without one.</summary>
    public int InputRangeUpdates => _range?.FromData ?? 0;

    /// <summary>Replaces the input range by the magnitude of a value.</summary>
    /// <exception cref="TileException">The tile has none, or the value is 0 or no finite number.</exception>
    public void SetInputRange(float value)
    {
        if (_range is null)
        {
            throw Refuse("input_range", Text(value), "none: this tile has no input range; set pre_post.input_range.enable to true");
        }

        if (value == 0 || !float.IsFinite(value))
        {
            throw Refuse("input_range", Text(value), "a finite number other than 0");
        }

        _range.Set(value);
    }

    private static InputRange? CreateRange(InputRangeParameter parameter, IOParameters forward, int inSize)
    {
        if (!parameter.Enable)
        {
            return null;
        }

        ConfigProblems problems = new(new SourceMark("rpu_config"));
        InputRangeValidator.Validate(parameter, forward, new FieldChecks(problems, "pre_post.input_range"));
        problems.ThrowIfAny();
        return new InputRange(parameter, inSize);
    }

    /// <summary>[batch, InSize] inputs as the DAC sees them.</summary>
    private ReadOnlySpan<float> Normalised(ReadOnlySpan<float> x)
    {
        if (_range is null)
        {
            return x;
        }

        var normalised = Need(ref _rangeScratch, x.Length);
        _range.Normalise(x, normalised);
        return normalised;
    }

    private void RequireRangeRecord(ulong step, float learningRate, int batch)
    {
        if (_range is not { Learns: true } || batch == 0 || learningRate == 0)
        {
            return;
        }

        if (!_range.Holds(step, batch) || (_range.ManagesOutputs && !_record.Holds(step, 0, batch)))
        {
            throw Refuse(
                "step", $"step {step} without the input gradients of all {batch} vectors", "the training reads of the step first, forward and backward");
        }
    }

    private void StepInputRange(float learningRate, ReadOnlySpan<float> x, int batch)
    {
        if (_range is not null && batch > 0)
        {
            _range.Commit(learningRate, x, _range.ManagesOutputs && learningRate > 0 ? _record.MaskedOutputs(batch) : 0);
        }
    }
}
