using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.UnitCells;

/// <summary>A small array of cells with its weights, and devices that do exactly what they are told.</summary>
internal sealed class CellFixture : IDisposable
{
    internal CellFixture(DeviceParameters cell, int rows, int columns, UpdateParameters? update = null, ulong seed = 5)
    {
        Devices = DeviceArrays.Create(cell, update ?? new UpdateParameters(), rows, columns, new TileIdentity(seed, 3));
        Weights = new WeightMatrix(rows, columns);
        Devices.OnSetWeights(Weights, 0);
    }

    /// <summary>A read-out that changes nothing.</summary>
    internal static IOParameters Perfect { get; } = new() { IsPerfect = true };

    internal DeviceArray Devices { get; }

    internal WeightMatrix Weights { get; }

    /// <summary>A device without spread or noise.</summary>
    internal static ConstantStepDevice Nominal(float step, float limit = 1) => new()
    {
        DwMin = step,
        DwMinDtod = 0,
        DwMinStd = 0,
        UpDownDtod = 0,
        WMax = limit,
        WMin = -limit,
        WMaxDtod = 0,
        WMinDtod = 0,
        ResetStd = 0,
    };

    /// <summary>A soft-bounds device with all its spread and noise.</summary>
    internal static SoftBoundsDevice Noisy(float step = 0.02f, float writeNoise = 0) => new() { DwMin = step, WriteNoiseStd = writeNoise };

    /// <summary>Sets the visible weights.</summary>
    internal void Set(params float[] dense)
    {
        Weights.CopyFrom(dense);
        Devices.OnSetWeights(Weights, 0);
    }

    /// <summary>The visible weights.</summary>
    internal float[] Visible()
    {
        var dense = new float[Weights.Rows * Weights.Columns];
        Weights.CopyTo(dense);
        return dense;
    }

    /// <summary>A hidden array.</summary>
    internal float[] Hidden(string name)
    {
        var dense = new float[Weights.Rows * Weights.Columns];
        Devices.GetHiddenParameter(name, dense);
        return dense;
    }

    /// <summary>An update, with what follows a mini-batch.</summary>
    internal void Update(ulong step, float rate, float[] x, float[] d)
    {
        Devices.Update(Weights, step, rate, x, d, x.Length / Weights.Columns);
        Devices.PostUpdateStep(Weights, step);
    }

    /// <summary>Random vectors in [-1, 1).</summary>
    internal static float[] Vectors(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }

    /// <summary>A copy of every mutable array.</summary>
    internal Dictionary<string, float[]> Dump()
    {
        var dump = new Visitor([], writes: false);
        dump.Visit("weights", Weights.Rows, Weights.Columns, Weights.Stride, Weights.Values);
        Devices.VisitState(dump);
        return dump.Arrays;
    }

    /// <summary>Overwrites every mutable array.</summary>
    internal void Restore(Dictionary<string, float[]> state)
    {
        var load = new Visitor(state, writes: true);
        load.Visit("weights", Weights.Rows, Weights.Columns, Weights.Stride, Weights.Values);
        Devices.VisitState(load);
    }

    public void Dispose()
    {
        Devices.Dispose();
        Weights.Dispose();
    }

    private sealed class Visitor(Dictionary<string, float[]> arrays, bool writes) : ITileStateVisitor
    {
        public Dictionary<string, float[]> Arrays => arrays;

        public void Visit(string name, int rows, int columns, int stride, Span<float> values)
        {
            if (writes) arrays[name].CopyTo(values);
            else arrays.Add(name, values.ToArray());
        }
    }
}
