using System.Globalization;
using System.Runtime.CompilerServices;

namespace Tessera.Kernels.Tiles;

/// <content>State by name, memory, and the checks of arguments.</content>
public abstract partial class SimulatorTile
{
    /// <summary>Names of the devices' hidden parameters, in aihwkit's order.</summary>
    public IReadOnlyList<string> HiddenParameterNames => _devices.HiddenParameterNames;

    /// <summary>
    /// Which device of a unit cell with one learning device is at work, and gets the weights that are set. Elsewhere 0, and setting it does nothing.
    /// </summary>
    public int HiddenUpdateIndex
    {
        get => _devices.HiddenUpdateIndex;
        set => _devices.HiddenUpdateIndex = value;
    }

    /// <summary>One line for people: kind, sizes, device, scales.</summary>
    public string BriefInfo => string.Create(
        CultureInfo.InvariantCulture,
        $"{GetType().Name}[out {Shape.OutSize}, in {Shape.InSize}, bias {(Shape.AnalogBias ? "analog" : _bias.Length > 0 ? "digital" : "none")}, {DeviceName}, granularity {WeightGranularity}]");

    /// <summary>Name of the configured device.</summary>
    private protected abstract string DeviceName { get; }

    /// <summary>Copies the hidden parameters: name to [DSize, XSize], bias column included.</summary>
    public IReadOnlyList<KeyValuePair<string, float[]>> GetHiddenParameters()
    {
        var parameters = new List<KeyValuePair<string, float[]>>(HiddenParameterNames.Count);
        using var state = OpenState(changes: false);
        foreach (var name in HiddenParameterNames)
        {
            var values = new float[Shape.DSize * Shape.XSize];
            _devices.GetHiddenParameter(name, values);
            parameters.Add(new(name, values));
        }

        return parameters;
    }

    /// <summary>Replaces all hidden parameters. None at all changes nothing; otherwise names must be the tile's, in its order.</summary>
    /// <param name="parameters">Name to [DSize, XSize].</param>
    /// <param name="step">Step in the address of the device's reaction.</param>
    public void SetHiddenParameters(IReadOnlyList<KeyValuePair<string, float[]>> parameters, ulong step = 0)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (parameters.Count == 0)
        {
            return;
        }

        var names = string.Join(", ", parameters.Select(parameter => parameter.Key));
        if (!parameters.Select(parameter => parameter.Key).SequenceEqual(HiddenParameterNames))
        {
            throw Refuse("hidden parameters", names, $"in this order: {string.Join(", ", HiddenParameterNames)}");
        }

        foreach (var (name, values) in parameters)
        {
            RequireLength(name, values.Length, Shape.DSize, Shape.XSize);
            RequireFinite(name, values);
        }

        using var state = OpenState();
        _devices.SetHiddenParameters(_weights, [.. parameters.Select(parameter => parameter.Value)], step);
        RoundGiven();
    }

    /// <summary>Pulses that each device has received, up and down, as [DSize, XSize]; the device must have <c>count_pulses</c> set.</summary>
    public (long[] Up, long[] Down) GetPulseCounters()
    {
        var up = new long[Shape.DSize * Shape.XSize];
        var down = new long[Shape.DSize * Shape.XSize];
        _devices.GetPulseCounts(up, down);
        return (up, down);
    }

    /// <summary>A copy of every mutable array by name: the dump that <see cref="LoadState"/> takes.</summary>
    public IReadOnlyDictionary<string, float[]> DumpState()
    {
        var dump = new StateDump();
        VisitState(dump);
        return dump.Arrays;
    }

    /// <summary>Overwrites mutable arrays by name, without any reaction of the devices.</summary>
    /// <param name="state">Name to dense [rows, columns].</param>
    /// <param name="strict">Whether a missing array is refused instead of left as it is. Default true.</param>
    public void LoadState(IReadOnlyDictionary<string, float[]> state, bool strict = true)
    {
        ArgumentNullException.ThrowIfNull(state);
        VisitState(new StateLoad(this, state, strict, writes: false));
        VisitState(new StateLoad(this, state, strict, writes: true));
    }

    /// <inheritdoc/>
    public void VisitState(ITileStateVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        _weights.Visit(visitor, "weights");
        _devices.VisitState(visitor);
        _scales.VisitState(visitor);
        _range?.VisitState(visitor);
        if (_bias.Length > 0)
        {
            visitor.Visit("bias", 1, _bias.Length, _bias.Length, _bias);
        }

        _forward.VisitState(visitor);
        _backward.VisitState(visitor);
    }

    /// <inheritdoc/>
    public TileMemory EstimateMemory(int batch)
    {
        RequireBatch(batch, 0);
        var periphery = (5L * Shape.OutSize) + _bias.Length;
        var state = _weights.State.Bytes + (periphery * sizeof(float)) + _devices.StateBytes + _forward.StateBytes + _backward.StateBytes;
        var copies = (Shape.AnalogBias ? Shape.XSize : 0) + (_range is null ? 0 : Shape.InSize) + (2L * Shape.OutSize);
        copies += _indices is null ? 0 : Shape.InSize + Shape.OutSize;
        var scratch = _forward.ScratchBytes(batch) + _backward.ScratchBytes(batch) + _devices.ScratchBytes(batch)
            + _record.BytesFor(batch) + (_range?.BytesFor(batch) ?? 0) + (batch * copies * sizeof(float)) + (_indices?.Bytes ?? 0);
        return new TileMemory(state, scratch, (long)_halfState.Length * _weights.Rows * _weights.Stride * sizeof(float));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _forward.Dispose();
        _backward.Dispose();
        _devices.Dispose();
        _weights.Dispose();
        GC.SuppressFinalize(this);
    }

    private float RequireLearningRate(float value) => value >= 0 && float.IsFinite(value)
        ? value
        : throw Refuse("learning_rate", Text(value), "a finite number, 0 or more");

    private void RequireBatch(int batch, int least)
    {
        if (batch < least)
        {
            throw Refuse("batch", $"{batch}", $"{least} or more");
        }
    }

    private void RequireLength(string argument, int length, int rows, int columns)
    {
        if (length != (long)rows * columns)
        {
            ThrowLength(argument, length, rows, columns);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowLength(string argument, int length, int rows, int columns) =>
        throw Refuse(argument, $"{length} values", $"{rows} x {columns} = {(long)rows * columns}");

    private void RequireFinite(string argument, ReadOnlySpan<float> values)
    {
        var index = RowSweep.FirstNonFinite(values);
        if (index >= 0)
        {
            throw Refuse(argument, $"{Text(values[index])} at index {index}", "finite numbers; the tile's state is unchanged");
        }
    }

    private static string Text(float value) => value.ToString(CultureInfo.InvariantCulture);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TileException Refuse(string argument, string seen, string expected) => new(Identity, argument, seen, expected);

    private sealed class StateDump : ITileStateVisitor
    {
        public Dictionary<string, float[]> Arrays { get; } = [];

        public void Visit(string name, int rows, int columns, int stride, Span<float> values)
        {
            var dense = new float[rows * columns];
            for (var row = 0; row < rows; row++)
            {
                values.Slice(row * stride, columns).CopyTo(dense.AsSpan(row * columns));
            }

            Arrays.Add(name, dense);
        }
    }

    /// <summary>Checks all arrays in a first visit, so that a load either happens as a whole or not at all.</summary>
    private sealed class StateLoad(SimulatorTile tile, IReadOnlyDictionary<string, float[]> state, bool strict, bool writes) : ITileStateVisitor
    {
        public void Visit(string name, int rows, int columns, int stride, Span<float> values)
        {
            if (!state.TryGetValue(name, out var dense))
            {
                if (strict)
                {
                    throw tile.Refuse(name, "no such array in the state", "all arrays of this tile; load with strict: false to keep what is missing");
                }

                return;
            }

            tile.RequireLength(name, dense.Length, rows, columns);
            for (var row = 0; writes && row < rows; row++)
            {
                dense.AsSpan(row * columns, columns).CopyTo(values[(row * stride)..]);
            }
        }
    }
}
