using System.Runtime.InteropServices;
using Tessera.Actors.Machines;
using Tessera.Actors.Tests.Support;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Machines;

/// <summary>Real tiles, with all their noise: back to a snapshot and on again gives the same bits of every array and every output.</summary>
public sealed class TileMachinePhysicsTests
{
    private const int Batch = 3;
    private const ulong SnapshotStep = 2;
    private const ulong LastStep = 5;
    private static readonly TileShape Shape = new(19, 37, AnalogBias: true);

    public static TheoryData<string> Devices =>
    [
        "constant", "constant-tight", "linear", "linear-write-noise", "soft-bounds", "floating-point", "scaled", "agad", "mixed-precision", "one-sided", "half",
        "half-hidden", "half-agad", "half-mixed-precision",
    ];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Going_back_in_memory_and_training_again_gives_the_same_bits(string device)
    {
        using var run = new Run(device);
        run.Open();
        var hash = run.Train(1, LastStep);
        var (expected, outputs) = (run.State(), run.TakeOutputs());

        run.Restore(hash, expectsStore: false);
        Assert.NotEqual(expected["weights"], run.State()["weights"]);
        run.Train(SnapshotStep + 1, LastStep);

        Assert.Equal(expected, run.State());
        Assert.Equal(outputs[(int)SnapshotStep..], run.TakeOutputs());
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Another_process_that_loads_the_blob_goes_on_with_the_same_bits(string device)
    {
        using var first = new Run(device);
        first.Open();
        var hash = first.Train(1, LastStep);
        var (expected, outputs) = (first.State(), first.TakeOutputs());

        using var second = new Run(device) { Blobs = first.Blobs };
        second.Restore(hash, expectsStore: true);
        second.Train(SnapshotStep + 1, LastStep);

        Assert.Equal(expected, second.State());
        Assert.Equal(outputs[(int)SnapshotStep..], second.TakeOutputs());
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_tile_that_was_elsewhere_forgets_it_when_it_loads_the_blob(string device)
    {
        using var first = new Run(device);
        first.Open();
        var hash = first.Train(1, LastStep);
        var (expected, outputs) = (first.State(), first.TakeOutputs());

        using var second = new Run(device) { Blobs = first.Blobs };
        second.Open(seed: 77);
        second.Train(1, 3, snapshots: false);
        second.TakeOutputs();
        second.Restore(hash, expectsStore: true);
        second.Train(SnapshotStep + 1, LastStep);

        Assert.Equal(expected, second.State());
        Assert.Equal(outputs[(int)SnapshotStep..], second.TakeOutputs());
    }

    private static UnitCellRPUConfig Agad => new()
    {
        Device = new DynamicTransferCompound
        {
            UnitCellDevices = [new SoftBoundsDevice { DwMin = 0.02f, WriteNoiseStd = 1 }, new SoftBoundsDevice { DwMin = 0.02f }],
            Gamma = 0.5f,
            InChopProb = 0.5f,
            AutoScale = true,
        },
    };

    private static RpuConfig Physics(string device) => device switch
    {
        "constant" => new SingleRPUConfig { Device = new ConstantStepDevice() },
        "constant-tight" => new SingleRPUConfig { Device = new ConstantStepDevice { DwMin = 0.05f, WMax = 0.3f, WMin = -0.3f } },
        "linear" => new SingleRPUConfig { Device = new LinearStepDevice { DwMin = 0.02f } },
        "linear-write-noise" => new SingleRPUConfig { Device = new LinearStepDevice { DwMin = 0.02f, WriteNoiseStd = 0.1f } },
        "soft-bounds" => new SingleRPUConfig { Device = new SoftBoundsDevice { DwMin = 0.02f } },
        "agad" => Agad,
        "mixed-precision" => new DigitalRankUpdateRPUConfig { Device = new MixedPrecisionCompound { Device = new SoftBoundsDevice { DwMin = 0.02f } } },
        "one-sided" => new UnitCellRPUConfig { Device = new OneSidedUnitCell { UnitCellDevices = [new SoftBoundsDevice { DwMin = 0.05f }], RefreshEvery = 1 } },
        "floating-point" => new FloatingPointRPUConfig(),
        "scaled" => new SingleRPUConfig
        {
            Device = new SoftBoundsDevice { DwMin = 0.02f },
            Forward = new IOParameters { NoiseManagement = NoiseManagementType.AverageAbsMax },
            Mapping = new MappingParameter { WeightScalingOmega = 0.6f, WeightScalingColumnwise = true, LearnOutScaling = true },
        },
        "half" => new SingleRPUConfig
        {
            Device = new LinearStepDevice { DwMin = 0.02f, WriteNoiseStd = 1, Lifetime = 50, Diffusion = 0.001f },
            Runtime = new RuntimeParameter { DataType = RPUDataType.Half, StochasticRounding = true },
        },
        "half-hidden" => new SingleRPUConfig
        {
            Device = new HiddenStepDevice { DwMin = 0.02f },
            Runtime = new RuntimeParameter { DataType = RPUDataType.Half },
        },
        "half-agad" => Agad with { Runtime = new RuntimeParameter { DataType = RPUDataType.Half } },
        "half-mixed-precision" => new DigitalRankUpdateRPUConfig
        {
            Device = new MixedPrecisionCompound { Device = new SoftBoundsDevice { DwMin = 0.02f } },
            Runtime = new RuntimeParameter { DataType = RPUDataType.Half, StochasticRounding = true },
        },
        _ => throw new ArgumentOutOfRangeException(nameof(device), device, "no such device"),
    };

    private sealed class Run : IDisposable
    {
        private readonly SimulatorTile _tile;
        private readonly TileMachine _machine;
        private readonly MachineHarness _harness;
        private readonly List<float[]> _outputs = [];
        private Term _term = Term.First;

        public Run(string device)
        {
            _tile = TileFactory.Create(Physics(device), Shape, new TileIdentity(42, 3));
            var description = new TileDescription
            {
                Id = new TileId(3),
                Name = "layer/T3",
                ConfigurationHash = "abc",
                BatchMax = Batch,
                EvaluationMax = Batch,
            };
            _machine = new TileMachine(description, _tile);
            _harness = new MachineHarness(_machine);
        }

        public Dictionary<BlobHash, byte[]> Blobs { get; init; } = [];

        public void Dispose() => _machine.Dispose();

        public void Open(int seed = 1)
        {
            var weights = TileBench.Numbers(Shape.OutSize, Shape.XSize, seed);
            foreach (ref var weight in weights.Dense)
            {
                weight *= 0.2f;
            }

            var answer = _harness.One(Request(MessageKind.Apply, 0) with { Payload = weights, Operation = 1 });
            Assert.Equal(MessageKind.Applied, answer.Kind);
        }

        /// <summary>Trains steps; returns the hash of the snapshot that is taken on the way.</summary>
        public BlobHash Train(ulong from, ulong to, bool snapshots = true)
        {
            BlobHash hash = default;
            for (var step = from; step <= to; step++)
            {
                var x = TileBench.Numbers(Batch, Shape.InSize, (int)step);
                var d = TileBench.Numbers(Batch, Shape.OutSize, 100 + (int)step);
                var y = _harness.One(Request(MessageKind.Forward, step) with { Payload = x }).Payload.Dense.ToArray();
                var back = _harness.One(Request(MessageKind.Backward, step) with { Payload = d, WantsInputGradient = true }).Payload.Dense.ToArray();
                _outputs.Add([.. y, .. back]);
                var sent = _harness.Send(Request(MessageKind.Commit, step) with { SnapshotAfter = snapshots && step == SnapshotStep });
                Assert.Equal(MessageKind.Committed, sent[0].Kind);
                if (sent.Count > 1)
                {
                    hash = BlobHash.Of(sent[1].Blob);
                    Blobs[hash] = [.. sent[1].Blob!];
                    var stored = Answer(sent[1], MessageKind.BlobStored) with { Hash = hash };
                    Assert.Equal(MessageKind.Snapshotted, _harness.One(stored).Kind);
                }
            }

            return hash;
        }

        public void Restore(BlobHash hash, bool expectsStore)
        {
            _term = new Term(_term.Value + 1);
            var answer = _harness.One(Request(MessageKind.Restore, SnapshotStep) with { Hash = hash });
            if (expectsStore)
            {
                Assert.Equal(MessageKind.GetBlob, answer.Kind);
                answer = _harness.One(Answer(answer, MessageKind.BlobRead) with { Blob = Blobs[hash] });
            }

            Assert.Equal(MessageKind.Restored, answer.Kind);
        }

        /// <summary>The bits of every array by name.</summary>
        public Dictionary<string, int[]> State()
        {
            var dump = new Dump();
            _tile.VisitState(dump);
            return dump.Arrays;
        }

        public float[][] TakeOutputs()
        {
            var outputs = _outputs.ToArray();
            _outputs.Clear();
            return outputs;
        }

        private static Message Answer(in Message request, MessageKind kind) => new()
        {
            Kind = kind,
            Tile = request.Tile,
            Term = request.Term,
            Step = request.Step,
            Operation = request.Operation,
        };

        private Message Request(MessageKind kind, ulong step) => new()
        {
            Kind = kind,
            To = Recipient.Tile,
            Tile = new TileId(3),
            Term = _term,
            Step = new StepId(step),
            Vectors = new VectorRange(0, Batch),
            Scalar = 0.3f,
        };
    }

    [Theory]
    [InlineData(false, "weights", "hidden.persistent_weights")]
    [InlineData(true, "weights", "device_0.weights", "device_0.hidden.persistent_weights", "device_1.weights", "cell.buffered_FP_weight", "cell.past_mean_weight")]
    public void State_of_16_bits_is_stored_in_16_bits_and_fits_no_tile_of_32(bool isCell, params string[] names)
    {
        var half = new RuntimeParameter { DataType = RPUDataType.Half };
        RpuConfig config = isCell ? Agad : new SingleRPUConfig { Device = new LinearStepDevice { WriteNoiseStd = 1 } };
        var description = new TileDescription { Id = new TileId(3), Name = "t", ConfigurationHash = new string('a', 64), BatchMax = Batch, EvaluationMax = Batch };
        using var tile = TileFactory.Create(config with { Runtime = half }, Shape, new TileIdentity(1, 2));
        using var single = TileFactory.Create(config, Shape, new TileIdentity(1, 2));
        var blob = TileSnapshot.Write(description, tile, new StepId(4), 0);

        var file = SafetensorsFile.Parse(blob, "t");
        foreach (var name in names)
        {
            var array = file.Array(name);
            Assert.Equal((SafetensorsType.F16, Shape.OutSize * Shape.XSize * 2), (array.Type, array.Bytes.Length));
            var halves = new Half[Shape.OutSize * Shape.XSize];
            array.CopyHalves(0, halves);
            Assert.Equal(tile.DumpState()[name], halves.Select(value => (float)value));
            Assert.Throws<SnapshotFormatException>(() => array.Floats());
        }

        var before = single.DumpState();
        var refused = Assert.Throws<SnapshotFormatException>(() => TileSnapshot.Read(description, single, blob, new StepId(4)));
        Assert.Contains("is F16 [19, 38], expected F32 [19, 38]", refused.Message);
        Assert.Equal(before, single.DumpState());
    }

    private sealed class Dump : ITileStateVisitor
    {
        public Dictionary<string, int[]> Arrays { get; } = [];

        public void Visit(string name, int rows, int columns, int stride, Span<float> values) =>
            Arrays.Add(name, MemoryMarshal.Cast<float, int>(values).ToArray());
    }
}
