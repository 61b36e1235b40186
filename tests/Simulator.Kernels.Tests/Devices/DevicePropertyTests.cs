using Tessera.Kernels.Configuration;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tests.Updates;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Devices;

/// <summary>What holds for every pulsed device and preset, whatever its law.</summary>
public sealed class DevicePropertyTests
{
    private const int Rows = 19;
    private const int Columns = 37;
    private const int Cells = Rows * Columns;
    private const int Batch = 6;

    public static TheoryData<string> Devices =>
        [.. ConfigTypeRegistry.Physics.ChoicesFor(typeof(PulsedDeviceParameters)).Select(choice => choice.Name), "everything"];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Pulsed_weights_with_their_references_stay_within_bounds(string name)
    {
        using var tile = new DeviceTile(Device(name));
        var start = tile.Persistent();
        for (ulong step = 1; step <= 12; step++)
        {
            tile.Update(step, 0.3f);
            var weights = tile.Persistent();
            var references = tile.HiddenOr("reference", 0);
            var (maximum, minimum) = (tile.HiddenOr("max_bound", 0), tile.HiddenOr("min_bound", 0));
            for (var i = 0; i < Cells; i++)
            {
                if (weights[i] == start[i]) continue; // setting weights looks at the bounds without the reference

                // The reference is subtracted again after the bound, which rounds once.
                var slack = references[i] == 0 ? 0 : 4e-7f * (MathF.Abs(references[i]) + MathF.Max(maximum[i], -minimum[i]));
                var v = weights[i] + references[i];
                Assert.True(v <= maximum[i] + slack && v >= minimum[i] - slack, $"cell {i}: {v} is outside {minimum[i]} to {maximum[i]}");
            }
        }

        Assert.Contains(tile.Persistent().Zip(start), pair => pair.First != pair.Second);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_zero_learning_rate_leaves_only_the_work_after_the_update(string name)
    {
        using var tile = new DeviceTile(Device(name));
        using var other = new DeviceTile(Device(name));
        var before = tile.State();
        tile.Update(1, 0);
        Assert.Equal(before, tile.State());
        tile.Devices.PostUpdateStep(tile.Weights, 1);
        other.Devices.PostUpdateStep(other.Weights, 1);
        Assert.Equal(other.State(), tile.State());
        var device = Device(name);
        Assert.Equal(device.Diffusion > 0 || device.Lifetime > 0, !before.SequenceEqual(tile.State()));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_snapshot_continues_to_the_same_bits(string name)
    {
        using var tile = new DeviceTile(Device(name));
        tile.Run(1, 4);
        var snapshot = new Recorder();
        snapshot.Visit("weights", Rows, Columns, tile.Weights.Stride, tile.Weights.Values);
        tile.Devices.VisitState(snapshot);
        tile.Run(5, 8);
        using var restored = new DeviceTile(Device(name));
        restored.Run(20, 3); // whatever it did before is gone
        var restorer = new Restorer(snapshot);
        restorer.Visit("weights", Rows, Columns, restored.Weights.Stride, restored.Weights.Values);
        restored.Devices.VisitState(restorer);
        restored.Run(5, 8);
        Assert.Equal(tile.State(), restored.State());
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Hidden_parameters_that_are_read_and_set_change_no_bit(string name)
    {
        using var tile = new DeviceTile(Device(name));
        using var same = new DeviceTile(Device(name));
        tile.Run(1, 2);
        same.Run(1, 2);

        // Setting looks at the bounds without the reference: bring both inside them.
        tile.Devices.ClipWeights(tile.Weights, -1, 2);
        same.Devices.ClipWeights(same.Weights, -1, 2);
        same.Devices.SetHiddenParameters(same.Weights, [.. same.Devices.HiddenParameterNames.Select(hidden => same.HiddenOr(hidden, 0))], 2);
        Assert.Equal(tile.State(), same.State());
        tile.Run(3, 4);
        same.Run(3, 4);
        Assert.Equal(tile.State(), same.State());
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Updates_of_disjoint_rows_commute(string name)
    {
        using var tile = new DeviceTile(Device(name));
        using var other = new DeviceTile(Device(name));
        tile.Update(1, 0.1f, row => row < Rows / 2);
        tile.Update(2, 0.1f, row => row >= Rows / 2);
        other.Update(2, 0.1f, row => row >= Rows / 2);
        other.Update(1, 0.1f, row => row < Rows / 2);
        Assert.Equal(tile.State(), other.State());
    }

    private static PulsedDeviceParameters Device(string name) => name == "everything"
        ? new ExpStepDevice
        {
            WriteNoiseStd = 2,
            Lifetime = 50,
            LifetimeDtod = 0.2f,
            Diffusion = 0.002f,
            DiffusionDtod = 0.1f,
            Reset = 0.01f,
            ResetDtod = 0.02f,
            CorruptDevicesProb = 0.1f,
            PerfectBias = true,
            CountPulses = true,
            DwMinDtodLogNormal = true,
            UpDown = 0.1f,
            Drift = new DriftParameter { Nu = 0.1f, NuDtod = 0.2f, NuStd = 0.1f, WNoiseStd = 0.001f },
        }
        : (PulsedDeviceParameters)ConfigTypeRegistry.Physics.ChoicesFor(typeof(DeviceParameters)).Single(choice => choice.Name == name).Create();

    private sealed class DeviceTile : IDisposable
    {
        internal DeviceTile(PulsedDeviceParameters device)
        {
            Devices = DeviceArrays.Create(device, new UpdateParameters(), Rows, Columns, new TileIdentity(23, 6));
            Weights = new WeightMatrix(Rows, Columns);
            var pick = new Picker(1, "weights");
            for (var row = 0; row < Rows; row++)
            {
                foreach (ref var w in Weights.Row(row)) w = (pick.Uniform() - 0.5f) * 0.2f;
            }

            Devices.OnSetWeights(Weights, 0);
        }

        internal DeviceArray Devices { get; }

        internal WeightMatrix Weights { get; }

        public void Dispose()
        {
            Devices.Dispose();
            Weights.Dispose();
        }

        internal void Update(ulong step, float learningRate, Func<int, bool>? rows = null)
        {
            var pick = new Picker((uint)step, "vectors");
            var x = pick.Vectors(Batch * Columns);
            var d = pick.Vectors(Batch * Rows);
            for (var i = 0; i < d.Length; i++) d[i] = rows?.Invoke(i % Rows) == false ? 0 : d[i];
            Devices.Update(Weights, step, learningRate, x, d, Batch);
        }

        /// <summary>Everything that can happen to devices, a step after the other.</summary>
        internal void Run(ulong first, int steps)
        {
            for (var step = first; step < first + (ulong)steps; step++)
            {
                Update(step, 0.05f);
                Devices.PostUpdateStep(Weights, step);
                Devices.Drift(Weights, 3, step);
                if (step % 3 == 0) Devices.ResetColumns(Weights, (int)step, 2, 0.5f, step);
            }
        }

        internal float[] Persistent() => Devices.HiddenParameterNames.Contains("persistent_weights") ? HiddenOr("persistent_weights", 0) : Dense();

        internal float[] HiddenOr(string name, float otherwise)
        {
            var values = new float[Cells];
            values.AsSpan().Fill(otherwise);
            if (Devices.HiddenParameterNames.Contains(name)) Devices.GetHiddenParameter(name, values);
            return values;
        }

        /// <summary>The bits of the weights and of all hidden parameters.</summary>
        internal int[] State() =>
            [.. Dense().Concat(Devices.HiddenParameterNames.SelectMany(name => HiddenOr(name, 0))).Select(BitConverter.SingleToInt32Bits)];

        private float[] Dense()
        {
            var dense = new float[Cells];
            Weights.CopyTo(dense);
            return dense;
        }
    }

    private sealed class Recorder : ITileStateVisitor
    {
        internal Dictionary<string, float[]> Arrays { get; } = [];

        public void Visit(string name, int rows, int columns, int stride, Span<float> values) => Arrays.Add(name, values.ToArray());
    }

    private sealed class Restorer(Recorder source) : ITileStateVisitor
    {
        public void Visit(string name, int rows, int columns, int stride, Span<float> values) => source.Arrays[name].CopyTo(values);
    }
}
