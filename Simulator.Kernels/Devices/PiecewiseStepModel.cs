using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Devices;

/// <summary>
/// A step times a factor that is linear between nodes at even distances over the range (spec devices, section 6, PiecewiseStep); clip.
/// Derived is sections / (max - min). One node means one section with two equal nodes.
/// </summary>
internal readonly unsafe struct PiecewiseStepModel : IPulseModel, IDeviceFamily<PiecewiseStepDevice, PiecewiseStepModel>
{
    private readonly NativeBuffer<float> _owner;
    private readonly float* _factors; // [direction * nodes + node], up first
    private readonly int _nodes;
    private readonly int _sections;

    /// <summary>Takes the constants of a device.</summary>
    public PiecewiseStepModel(PiecewiseStepDevice device)
    {
        CycleNoise = device.DwMinStd;
        _nodes = Math.Max(device.PiecewiseUp.Count, 2);
        _sections = _nodes - 1;
        _owner = new NativeBuffer<float>(Math.Max(2 * _nodes, LaneTable.ShortLength));
        _factors = _owner.Pointer;
        for (var node = 0; node < _nodes; node++)
        {
            _factors[node] = device.PiecewiseUp[Math.Min(node, device.PiecewiseUp.Count - 1)];
            _factors[_nodes + node] = device.PiecewiseDown[Math.Min(node, device.PiecewiseDown.Count - 1)];
        }
    }

    /// <inheritdoc/>
    public static int ExtraArrays => 0;

    /// <inheritdoc/>
    public static bool StepIsConstant => false;

    /// <inheritdoc/>
    public static bool ChangesState => false;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ExtraNames => [];

    /// <inheritdoc/>
    public float CycleNoise { get; }

    /// <inheritdoc/>
    public float StateNoise => 0;

    /// <inheritdoc/>
    public static PiecewiseStepModel ModelOf(PiecewiseStepDevice device) => new(device);

    /// <summary>The step of the middle node of the up direction.</summary>
    public static float Granularity(PiecewiseStepDevice device, float stepSize) => stepSize * device.PiecewiseUp[device.PiecewiseUp.Count / 2];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prepare(ref CellLanes cell)
    {
        var range = cell.Maximum - cell.Minimum;
        cell.Derived = Vector512.ConditionalSelect(
            Vector512.GreaterThan(range, Vector512<float>.Zero), Vector512.Create((float)_sections) / range, Vector512<float>.Zero);
    }

    /// <inheritdoc/>
    public void Prepare(ref CellParameters cell)
    {
        var range = cell.Maximum - cell.Minimum;
        cell.Derived = range > 0 ? _sections / range : 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Pulse(Vector512<float> weight, Vector512<float> down, Vector512<float> normal, ref CellLanes cell)
    {
        var place = LaneMath.Larger((weight - cell.Minimum) * cell.Derived, Vector512<float>.Zero);
        place = LaneMath.Smaller(place, Vector512.Create((float)_sections));
        var section = Vector512.Min(Vector512.ConvertToInt32Native(place), Vector512.Create(_sections - 1));
        var t = place - Vector512.ConvertToSingle(section);
        var node = section + (Vector512.Create(_nodes) & down.AsInt32());
        var low = LaneTable.Look(_factors, 2 * _nodes, node);
        var high = LaneTable.Look(_factors, 2 * _nodes, node + Vector512<int>.One);
        var factor = Vector512.FusedMultiplyAdd(t, high, Vector512.FusedMultiplyAdd(-t, low, low));
        var step = Vector512.ConditionalSelect(down, -cell.Down, cell.Up) * factor;
        var next = Vector512.FusedMultiplyAdd(step, Vector512.FusedMultiplyAdd(Vector512.Create(CycleNoise), normal, Vector512<float>.One), weight);
        return LaneMath.Larger(LaneMath.Smaller(next, cell.Maximum), cell.Minimum);
    }

    /// <inheritdoc/>
    public float Pulse(float weight, bool down, float normal, ref CellParameters cell)
    {
        var place = ScalarMath.Larger((weight - cell.Minimum) * cell.Derived, 0f);
        place = ScalarMath.Smaller(place, _sections);
        var section = Math.Min((int)place, _sections - 1);
        var t = place - section;
        var node = section + (down ? _nodes : 0);
        var factor = MathF.FusedMultiplyAdd(t, _factors[node + 1], MathF.FusedMultiplyAdd(-t, _factors[node], _factors[node]));
        var step = (down ? -cell.Down : cell.Up) * factor;
        var next = MathF.FusedMultiplyAdd(step, MathF.FusedMultiplyAdd(CycleNoise, normal, 1f), weight);
        return ScalarMath.Larger(ScalarMath.Smaller(next, cell.Maximum), cell.Minimum);
    }
}
