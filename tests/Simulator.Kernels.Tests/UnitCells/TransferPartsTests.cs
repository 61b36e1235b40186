using Tessera.Kernels.Configuration;
using static Tessera.Kernels.Tests.UnitCells.CellFixture;

namespace Tessera.Kernels.Tests.UnitCells;

/// <summary>
/// Slices that a transfer does not read take their pulses past it; that must not be seen. Noise on the inputs of a reading makes it depend on all slices,
/// so that updates are cut at every transfer: with noise too small to matter that is the same thing the plain way. Devices draw no noise here, which
/// would have other addresses.
/// </summary>
public sealed class TransferPartsTests
{
    private const int Rows = 5;
    private const int Columns = 7;

    private static readonly IOParameters Exact = new() { InpRes = -1, OutRes = -1, OutNoise = 0 };

    private static readonly SoftBoundsDevice Device = new() { DwMin = 0.02f, DwMinStd = 0, ResetStd = 0 };

    private static readonly DeviceParameters[] Pair = [Device, Device];

    private static readonly Dictionary<string, TransferCompound> Compounds = new()
    {
        ["every vector"] = new TransferCompound { UnitCellDevices = Pair, UnitsInMbatch = false, Gamma = 0.3f },
        ["every third, two slices that wrap around"] = new TransferCompound { UnitCellDevices = Pair, UnitsInMbatch = false, TransferEvery = 3, NReadsPerTransfer = 2 },
        ["rows"] = new TransferCompound { UnitCellDevices = Pair, UnitsInMbatch = false, TransferEvery = 2, TransferColumns = false },
        ["all slices at once"] = new TransferCompound { UnitCellDevices = Pair, UnitsInMbatch = false, TransferEvery = 4, NReadsPerTransfer = Columns },
        ["a chain with resets"] = new TransferCompound
        {
            UnitCellDevices = [Device, Device, Device],
            UnitsInMbatch = false,
            TransferEveryVec = [2, 3, 0],
            NReadsPerTransfer = 3,
            WithResetProb = 0.5f,
        },
        ["a chain that only moves on"] = new TransferCompound { UnitCellDevices = [Device, Device, Device], UnitsInMbatch = false, TransferEveryVec = [0, 2, 0] },
        ["buffered"] = new BufferedTransferCompound { UnitCellDevices = Pair, UnitsInMbatch = false, TransferLr = 5 },
        ["chopped"] = new ChoppedTransferCompound { UnitCellDevices = Pair, InChopProb = 0.5f, OutChopProb = 0.5f, AutoScale = true, Gamma = 0.5f },
        ["chopped rows"] = new ChoppedTransferCompound { UnitCellDevices = Pair, InChopProb = 0.5f, OutChopProb = 0.5f, TransferColumns = false, TransferEvery = 2 },
        ["dynamic"] = new DynamicTransferCompound { UnitCellDevices = Pair, InChopProb = 0.5f, InChopRandom = true, AutoScale = true },
    };

    /// <summary>Names and sizes of a mini-batch.</summary>
    public static TheoryData<string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (var name in Compounds.Keys)
            {
                foreach (var batch in (int[])[2, 5, 16]) cases.Add(name, batch);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Parts_make_the_whole(string name, int batch)
    {
        using var parts = new CellFixture(Compounds[name] with { TransferForward = Exact }, Rows, Columns);
        using var cuts = new CellFixture(Compounds[name] with { TransferForward = Exact with { InpNoise = 1e-30f } }, Rows, Columns);
        for (var step = 1; step <= 8; step++)
        {
            var (x, d) = (Vectors(step, batch * Columns), Vectors(-step, batch * Rows));
            parts.Update((ulong)step, 0.1f, x, d);
            cuts.Update((ulong)step, 0.1f, x, d);
        }

        var expected = cuts.Dump();
        foreach (var (array, values) in parts.Dump())
        {
            for (var i = 0; i < values.Length; i++) Assert.True(MathF.Abs(expected[array][i] - values[i]) < 1e-5f, $"{array}[{i}]: {values[i]}, expected {expected[array][i]}");
        }

        Assert.Contains(expected["device_0.weights"], value => value != 0);
    }
}
