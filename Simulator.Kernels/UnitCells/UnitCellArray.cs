using System.Runtime.Intrinsics;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.UnitCells;

/// <summary>
/// Several arrays of devices whose weighted sum is what the tile shows: W = sum over k of gamma_k W_k, in ascending order of k with fused multiply-adds
/// (spec compounds, section 1). The last array may be the visible weights themselves.
/// </summary>
internal abstract unsafe partial class UnitCellArray : PulsedArray
{
    private readonly WeightMatrix?[] _weights;
    private readonly float[] _gamma;
    private readonly string[] _names;
    private readonly CountedValue _updates = new("cell.updates");
    private WeightMatrix? _visible;

    /// <summary>Takes over the devices.</summary>
    /// <param name="devices">The arrays, at least one.</param>
    /// <param name="gamma">Weight of each in the sum.</param>
    /// <param name="lastIsVisible">Whether the last array's weights are the visible ones.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    protected UnitCellArray(PulsedArray[] devices, float[] gamma, bool lastIsVisible, int rows, int columns)
        : base(rows, columns)
    {
        Devices = devices;
        _gamma = gamma;
        LastIsVisible = lastIsVisible;
        _weights = new WeightMatrix?[devices.Length];
        for (var k = 0; k < (lastIsVisible ? devices.Length - 1 : devices.Length); k++) _weights[k] = new WeightMatrix(rows, columns);
        _names = [.. devices.SelectMany((device, k) => device.HiddenParameterNames.Select(name => $"{name}_{k}").Append($"hidden_weights_{k}"))];
    }

    /// <inheritdoc/>
    public override bool CountsVectors => true;

    /// <inheritdoc/>
    public override float StateCount => Devices[0].StateCount;

    /// <summary>The mean over the devices, in their order.</summary>
    public override float WeightGranularity
    {
        get
        {
            var sum = 0f;
            foreach (var device in Devices) sum += device.WeightGranularity;
            return sum / Devices.Length;
        }
    }

    /// <summary>The arrays of devices.</summary>
    protected PulsedArray[] Devices { get; }

    /// <summary>Whether the last array's weights are the visible ones ("fully hidden" in aihwkit).</summary>
    protected bool LastIsVisible { get; }

    /// <summary>Weight of each array in the sum.</summary>
    protected ReadOnlySpan<float> Gamma => _gamma;

    /// <summary>Vectors seen since the weights were set.</summary>
    protected long UpdateCount
    {
        get => _updates.Value;
        set => _updates.Value = value;
    }

    /// <inheritdoc/>
    public override void Clear(WeightMatrix weights)
    {
        Remember(weights);
        weights.Values.Clear();
        for (var k = 0; k < Devices.Length; k++) Devices[k].Clear(WeightsOf(k, weights));
        ResetCounters();
    }

    /// <summary>The weights of one array.</summary>
    protected WeightMatrix WeightsOf(int k, WeightMatrix visible) => _weights[k] ?? visible;

    /// <summary>Keeps hold of the weights that the tile shows: hidden parameters are asked for without them.</summary>
    protected void Remember(WeightMatrix weights)
    {
        RequireShape(weights);
        _visible = weights;
    }

    /// <summary>What setting weights does to counters.</summary>
    protected virtual void ResetCounters() => UpdateCount = 0;

    /// <summary>Shows the sum.</summary>
    protected virtual void Reduce(WeightMatrix weights)
    {
        if (LastIsVisible) return;
        var target = weights.Values;
        for (var k = 0; k < Devices.Length; k++) Accumulate(_weights[k]!.Values, _gamma[k], target, k == 0);
    }

    /// <summary>target = gamma values, or that added to it.</summary>
    private static void Accumulate(ReadOnlySpan<float> values, float gamma, Span<float> target, bool first)
    {
        var factor = Vector512.Create(gamma);
        fixed (float* from = values, to = target)
        {
            for (var i = 0; i < target.Length; i += Lanes.Count)
            {
                var value = Vector512.Load(from + i);
                (first ? value * factor : Vector512.FusedMultiplyAdd(value, factor, Vector512.Load(to + i))).Store(to + i);
            }
        }
    }
}
