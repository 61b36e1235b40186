using Tessera.Kernels.Configuration;

namespace Tessera.Host.Bench;

/// <summary>
/// Updates of unit cells and compounds beside what they consist of, each part measured alone in the same run: updates of plain arrays with the same number
/// of pulses, readings and writes of columns, a digital sum. One thread; goal 1.5.
/// </summary>
internal static class CellBench
{
    private const int Batch = CellVectors.Batch;
    private const float LearningRate = 0.001f;
    private static readonly int[] Sizes = [256, 512];
    private static readonly SoftBoundsDevice Device = new() { DwMin = 0.002f };
    private static readonly DeviceParameters[] Pair = [Device, Device];
    private static readonly UpdateParameters Update = new();
    private static readonly UpdateParameters SinglePulse = new() { DesiredBl = 1, UpdateBlManagement = false, UpdateManagement = false };
    private static readonly IOParameters Read = new() { NoiseManagement = NoiseManagementType.None, BoundManagement = BoundManagementType.None };

    // Compounds transfer a column behind every vector; fast arrays learn with the tile's rate, so that both sides send the same pulses.
    private static readonly (string Name, DeviceParameters Cell, Func<CellVectors, ICellPart[]> Parts)[] Cells =
    [
        Transfers(new TransferCompound { UnitCellDevices = Pair, UnitsInMbatch = false }, Update),
        Transfers(new BufferedTransferCompound { UnitCellDevices = Pair, UnitsInMbatch = false }, SinglePulse),
        Transfers(new ChoppedTransferCompound { UnitCellDevices = Pair, ScaleFastLr = true }, SinglePulse),
        Transfers(new DynamicTransferCompound { UnitCellDevices = Pair, ScaleFastLr = true }, SinglePulse),
        ("ChoppedTransferCompound, gamma", new ChoppedTransferCompound { UnitCellDevices = Pair, ScaleFastLr = true, Gamma = 0.1f }, vectors => TransferParts(vectors, SinglePulse)),
        ("VectorUnitCell", new VectorUnitCell { UnitCellDevices = Pair }, vectors => [Array(vectors), Array(vectors)]),
        ("VectorUnitCell, random", new VectorUnitCell { UnitCellDevices = Pair, UpdatePolicy = VectorUnitCellUpdatePolicy.SingleRandom }, vectors => [Half(vectors), Half(vectors)]),
        ("ReferenceUnitCell", new ReferenceUnitCell { UnitCellDevices = Pair }, vectors => [Array(vectors)]),
        ("OneSidedUnitCell", new OneSidedUnitCell { UnitCellDevices = Pair }, vectors => [Side(vectors), Side(vectors)]),
        ("OneSidedUnitCell, refresh", new OneSidedUnitCell { UnitCellDevices = Pair, RefreshEvery = 1 }, RefreshParts),
        ("MixedPrecisionCompound", new MixedPrecisionCompound { Device = Device }, RankParts),
    ];

    /// <summary>Measures every cell.</summary>
    public static void Run(BenchContext context)
    {
        foreach (var (name, cell, parts) in Cells)
        {
            if (!context.Accepts($"cell {name}"))
            {
                continue;
            }

            foreach (var n in Sizes)
            {
                using var vectors = new CellVectors(n);
                using var whole = new ArrayPart(cell, Update, vectors, Batch, LearningRate);
                var pieces = parts(vectors);
                var (limitSeconds, seconds) = Measure.Seconds(threads: 1, _ => Run(pieces), _ => whole.Run());
                var (limit, value) = (limitSeconds * 1e6, seconds * 1e6);
                context.Report(new BenchResult("cell", name, n, Batch, 1, null, value, "us", limit, value / limit, 1.5));
                foreach (var piece in pieces) piece.Dispose();
            }
        }
    }

    private static void Run(ICellPart[] parts)
    {
        foreach (var part in parts) part.Run();
    }

    private static (string Name, DeviceParameters Cell, Func<CellVectors, ICellPart[]> Parts) Transfers(TransferCompound compound, UpdateParameters write) =>
        (compound.GetType().Name, compound, vectors => TransferParts(vectors, write));

    private static ICellPart[] TransferParts(CellVectors vectors, UpdateParameters write)
    {
        var fast = Array(vectors);
        return [fast, new ColumnsPart(vectors, fast.Weights, Read, new ArrayPart(Device, write, vectors, 1, LearningRate))];
    }

    /// <summary>A plain array with the whole mini-batch.</summary>
    private static ArrayPart Array(CellVectors vectors) => new(Device, Update, vectors, Batch, LearningRate);

    /// <summary>A plain array with the vectors that fall to one of two devices.</summary>
    private static ArrayPart Half(CellVectors vectors) => new(Device, Update, vectors, Batch / 2, LearningRate);

    /// <summary>A plain array with as many pulses as there are of one direction.</summary>
    private static ArrayPart Side(CellVectors vectors) => new(Device, Update, vectors, Batch, LearningRate / 2);

    /// <summary>
    /// A refresh reads all columns of both devices and writes some cells of each: with these vectors about one pair in a hundred behind every mini-batch,
    /// half of them to either device.
    /// </summary>
    private static ICellPart[] RefreshParts(CellVectors vectors)
    {
        var (minus, plus) = (Side(vectors), Side(vectors));
        return
        [
            minus,
            plus,
            new WholeReadPart(vectors, minus.Weights, new IOParameters()),
            new WholeReadPart(vectors, plus.Weights, new IOParameters()),
            SlicesPart.OfRefresh(Device, Update, vectors, share: 0.005),
            SlicesPart.OfRefresh(Device, Update, vectors, share: 0.005),
        ];
    }

    private static ICellPart[] RankParts(CellVectors vectors) =>
    [
        new ArrayPart(new FloatingPointDevice(), Update, vectors, Batch, LearningRate),
        SlicesPart.OfSum(Device, Update, vectors, LearningRate),
    ];
}
