using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Bench;

/// <summary>
/// Updates of compounds that transfer a column behind every vector, beside what they consist of: the update of the fast array with the whole mini-batch,
/// and as many readings and writes of a column. One thread; goal 1.5.
/// </summary>
internal static class CellBench
{
    private const int Batch = 32;
    private const float LearningRate = 0.001f;
    private static readonly int[] Sizes = [256, 512];
    private static readonly SoftBoundsDevice Device = new() { DwMin = 0.002f };
    private static readonly UpdateParameters SinglePulse = new() { DesiredBl = 1, UpdateBlManagement = false, UpdateManagement = false };

    // The fast array learns with the tile's rate, so that both sides send the same pulses.
    private static readonly (TransferCompound Compound, UpdateParameters Write)[] Compounds =
    [
        (new TransferCompound { UnitCellDevices = [Device, Device], UnitsInMbatch = false }, new UpdateParameters()),
        (new BufferedTransferCompound { UnitCellDevices = [Device, Device], UnitsInMbatch = false }, SinglePulse),
        (new ChoppedTransferCompound { UnitCellDevices = [Device, Device], ScaleFastLr = true }, SinglePulse),
        (new DynamicTransferCompound { UnitCellDevices = [Device, Device], ScaleFastLr = true }, SinglePulse),
    ];

    /// <summary>Measures every compound.</summary>
    public static void Run(BenchContext context)
    {
        foreach (var (compound, write) in Compounds)
        {
            var name = compound.GetType().Name;
            if (!context.Accepts($"cell {name}"))
            {
                continue;
            }

            foreach (var n in Sizes)
            {
                using var vectors = new Vectors(n);
                using var parts = new PartsCase(n, vectors, write);
                using var whole = new UpdateCase(n, vectors, compound, new UpdateParameters());
                var (limitSeconds, seconds) = Measure.Seconds(threads: 1, _ => parts.Run(), _ => whole.Update());
                var (limit, value) = (limitSeconds * 1e6, seconds * 1e6);
                context.Report(new BenchResult("cell", name, n, Batch, 1, null, value, "us", limit, value / limit, 1.5));
            }
        }
    }

    /// <summary>A mini-batch, and the parts of a transfer: a one-hot vector and a column of pulses.</summary>
    private sealed class Vectors : IDisposable
    {
        public Vectors(int n)
        {
            BenchContext.FillUniform(X.Span[..(n * Batch)], 1);
            BenchContext.FillUniform(D.Span[..(n * Batch)], 2);
            OneHot = new float[n];
            OneHot[n / 2] = 1;
            Column = D.Span[..n].ToArray();
            Size = n;
        }

        public int Size { get; }

        public NativeBuffer<float> X { get; } = new(512 * Batch);

        public NativeBuffer<float> D { get; } = new(512 * Batch);

        public float[] OneHot { get; }

        public float[] Column { get; }

        public ReadOnlySpan<float> Inputs => X.Span[..(Size * Batch)];

        public ReadOnlySpan<float> Gradients => D.Span[..(Size * Batch)];

        public void Dispose()
        {
            X.Dispose();
            D.Dispose();
        }
    }

    /// <summary>An array with a mini-batch; every call is the next step.</summary>
    private sealed class UpdateCase : IDisposable
    {
        private readonly Vectors _vectors;
        private readonly WeightMatrix _weights;
        private readonly DeviceArray _devices;
        private ulong _step;

        public UpdateCase(int n, Vectors vectors, DeviceParameters device, UpdateParameters update)
        {
            _vectors = vectors;
            _weights = new WeightMatrix(n, n);
            _devices = DeviceArrays.Create(device, update, n, n, new TileIdentity(1, 0));
            _devices.OnSetWeights(_weights, 0);
        }

        public WeightMatrix Weights => _weights;

        public void Update() => _devices.Update(_weights, ++_step, LearningRate, _vectors.Inputs, _vectors.Gradients, Batch);

        public void WriteColumn() => _devices.Update(_weights, ++_step, LearningRate, _vectors.OneHot, _vectors.Column, 1);

        public void Dispose()
        {
            _weights.Dispose();
            _devices.Dispose();
        }
    }

    /// <summary>What an update of a compound consists of.</summary>
    private sealed class PartsCase : IDisposable
    {
        private readonly Vectors _vectors;
        private readonly UpdateCase _fast;
        private readonly UpdateCase _slow;
        private readonly MvmPass _pass;
        private readonly float[] _reading;
        private ulong _step;

        public PartsCase(int n, Vectors vectors, UpdateParameters write)
        {
            _vectors = vectors;
            _fast = new UpdateCase(n, vectors, Device, new UpdateParameters());
            _slow = new UpdateCase(n, vectors, Device, write);
            var read = new IOParameters { NoiseManagement = NoiseManagementType.None, BoundManagement = BoundManagementType.None };
            _pass = new MvmPass(read, MvmDirection.Forward, n, n, new TileIdentity(1, 1));
            _reading = new float[n];
        }

        public void Run()
        {
            _fast.Update();
            _step++;
            for (var vector = 0; vector < Batch; vector++)
            {
                _pass.Run(_fast.Weights, new ReadAddress(ReadPhase.Training, _step, vector), _vectors.OneHot, _reading, 1);
                _slow.WriteColumn();
            }
        }

        public void Dispose()
        {
            _fast.Dispose();
            _slow.Dispose();
            _pass.Dispose();
        }
    }
}
