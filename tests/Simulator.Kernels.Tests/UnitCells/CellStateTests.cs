using Tessera.Kernels.Configuration;
using Tessera.Kernels.Tests.Devices;
using static Tessera.Kernels.Tests.UnitCells.CellFixture;

namespace Tessera.Kernels.Tests.UnitCells;

/// <summary>Hidden parameters and snapshots of every cell.</summary>
public sealed class CellStateTests
{
    private const int Rows = 5;
    private const int Columns = 7;
    private const int Batch = 6;

    /// <summary>Cells with everything random on, by name.</summary>
    private static readonly Dictionary<string, DeviceParameters> Cells = new()
    {
        ["vector all"] = new VectorUnitCell { UnitCellDevices = [Noisy(), Nominal(0.01f)], GammaVec = [0.3f, 0.9f] },
        ["vector random"] = new VectorUnitCell { UnitCellDevices = [Noisy(), Noisy(), Noisy()], UpdatePolicy = VectorUnitCellUpdatePolicy.SingleRandom },
        ["vector sequential"] = new VectorUnitCell { UnitCellDevices = [Noisy(writeNoise: 1), Noisy()], UpdatePolicy = VectorUnitCellUpdatePolicy.SingleSequential },
        ["reference"] = new ReferenceUnitCell { UnitCellDevices = [Noisy()] },
        ["one-sided"] = new OneSidedUnitCell { UnitCellDevices = [Noisy(0.1f)], RefreshEvery = 2, UnitsInMbatch = false, RefreshUpperThres = 0.3f, RefreshLowerThres = 0.1f },
        ["chain"] = new TransferCompound
        {
            UnitCellDevices = [Noisy(), Noisy(), Noisy()],
            Gamma = 0.2f,
            UnitsInMbatch = false,
            RandomSelection = true,
            WithResetProb = 0.5f,
            NReadsPerTransfer = 3,
        },
        ["rows"] = new TransferCompound { UnitCellDevices = [Noisy(writeNoise: 1), Noisy(writeNoise: 1)], TransferColumns = false, UnitsInMbatch = false, NReadsPerTransfer = 2 },
        ["buffered"] = new BufferedTransferCompound { UnitCellDevices = [Noisy(), Noisy(), Noisy()], UnitsInMbatch = false, TransferColumns = false },
        ["chopped"] = new ChoppedTransferCompound { UnitCellDevices = [Noisy(), Noisy()], AutoScale = true, OutChopProb = 0.5f, InChopProb = 0.5f, Gamma = 0.1f },
        ["dynamic"] = new DynamicTransferCompound { UnitCellDevices = [Noisy(), Noisy()], AutoScale = true, InChopProb = 0.5f, TransferColumns = false },
        ["nested"] = new TransferCompound
        {
            UnitCellDevices =
            [
                new VectorUnitCell { UnitCellDevices = [Noisy(), Noisy()], UpdatePolicy = VectorUnitCellUpdatePolicy.SingleRandom },
                new OneSidedUnitCell { UnitCellDevices = [Noisy(0.05f)], RefreshEvery = 3 },
            ],
            UnitsInMbatch = false,
        },
        ["vector of compounds"] = new VectorUnitCell
        {
            UnitCellDevices = [new DynamicTransferCompound { UnitCellDevices = [Noisy(), Noisy()], InChopProb = 0.5f }, Noisy()],
            UpdatePolicy = VectorUnitCellUpdatePolicy.SingleRandom,
        },
        ["mixed precision"] = new MixedPrecisionCompound { Device = Noisy(), NXBins = 8, NDBins = 6, NRowsPerTransfer = 2, RandomRow = true },
        ["mixed precision of a cell"] = new MixedPrecisionCompound { Device = new OneSidedUnitCell { UnitCellDevices = [Noisy()] }, TransferEvery = 2, NXBins = 9 },
    };

    /// <summary>Names of all cells.</summary>
    public static TheoryData<string> Names => [.. Cells.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_restored_snapshot_goes_on_with_the_same_bits(string name)
    {
        using var run = new CellFixture(Cells[name], Rows, Columns);
        run.Set(Vectors(99, Rows * Columns));
        Train(run, 1, 12);
        var snapshot = run.Dump();
        Train(run, 13, 12);
        using var resumed = new CellFixture(Cells[name], Rows, Columns);
        resumed.Restore(snapshot);
        Assert.Equal(snapshot.ToDictionary(a => a.Key, a => Bits(a.Value)), resumed.Dump().ToDictionary(a => a.Key, a => Bits(a.Value)));
        Train(resumed, 13, 12);
        var expected = run.Dump();
        foreach (var (array, values) in resumed.Dump()) Assert.True(values.SequenceEqual(expected[array]), $"{array} differs");
        Assert.NotEqual(Bits(snapshot["weights"]), Bits(expected["weights"]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Another_seed_gives_other_weights(string name)
    {
        using var a = new CellFixture(Cells[name], Rows, Columns, seed: 1);
        using var b = new CellFixture(Cells[name], Rows, Columns, seed: 2);
        Train(a, 1, 12);
        Train(b, 1, 12);
        Assert.NotEqual(a.Visible(), b.Visible());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Hidden_parameters_that_are_read_can_be_set(string name)
    {
        using var run = new CellFixture(Cells[name], Rows, Columns);
        run.Set(Vectors(99, Rows * Columns));
        Train(run, 1, 8);
        var names = run.Devices.HiddenParameterNames;
        Assert.Equal(names.Count, names.Distinct().Count());
        var values = names.Select(run.Hidden).ToArray();
        using var copy = new CellFixture(Cells[name], Rows, Columns, seed: 77);
        copy.Weights.CopyFrom(run.Visible());
        copy.Devices.SetHiddenParameters(copy.Weights, values, 0);
        foreach (var (hidden, expected) in names.Zip(values)) Assert.True(expected.SequenceEqual(copy.Hidden(hidden)), $"{hidden} differs");
        var tolerance = name == "chopped" ? 1f : 1e-6f; // its visible weights depend on choppers, which are no hidden parameters
        foreach (var (a, b) in run.Visible().Zip(copy.Visible())) Assert.Equal(a, b, tolerance);
    }

    [Theory]
    [InlineData("TikiTakaReRamSBPreset")]
    [InlineData("TTv2ReRamSBPreset")]
    [InlineData("ChoppedTTv2ReRamSBPreset")]
    [InlineData("AGADReRamSBPreset")]
    [InlineData("MixedPrecisionReRamSBPreset")]
    [InlineData("PCMPreset")]
    [InlineData("ReRamSB2Preset")]
    [InlineData("ReRamSB4Preset")]
    [InlineData("VectorUnitCell")]
    [InlineData("ReferenceUnitCell")]
    [InlineData("OneSidedUnitCell")]
    [InlineData("BufferedTransferCompound")]
    public void Hidden_parameters_have_aihwkits_names_and_quantiles(string name)
    {
        using var file = GoldenData.Open("hidden_parameters.json");
        var quantiles = GoldenDevice.Vector(file.RootElement.GetProperty("quantiles"));
        var golden = file.RootElement.GetProperty("compounds").GetProperty(name);
        var type = golden.GetProperty("device").GetString()!;
        var preset = RpuConfigPresets.All.FirstOrDefault(preset => preset.Name == name);
        var parameters = preset is null ? GoldenCell.Parameters(type, golden.GetProperty("params")) : ((AnalogRPUConfig)preset.Config).Devices;
        using var cell = new CellFixture(parameters, 200, 200);
        var hidden = golden.GetProperty("hidden");
        Assert.Equal(hidden.EnumerateObject().Select(p => p.Name), cell.Devices.HiddenParameterNames);
        foreach (var array in hidden.EnumerateObject())
        {
            // aihwkit starts from random weights, and write noise adds to what it was told to be.
            if (array.Name.Contains("weight", StringComparison.Ordinal) || array.Value.GetProperty("std").GetDouble() == 0) continue;
            var expected = GoldenDevice.Vector(array.Value.GetProperty("q"));
            var values = cell.Hidden(array.Name);
            for (var q = 0; q < quantiles.Length; q++)
            {
                var below = values.Count(v => v < expected[q]) / (double)values.Length;
                Assert.Equal(quantiles[q], below, 7 * Math.Sqrt(2 * quantiles[q] * (1 - quantiles[q]) / values.Length));
            }
        }
    }

    [Fact]
    public void The_device_of_a_reference_cell_that_is_programmed_is_chosen_by_its_index()
    {
        using var cell = new CellFixture(new ReferenceUnitCell { UnitCellDevices = [Nominal(0.01f), Nominal(0.01f)] }, 1, 2);
        cell.Devices.HiddenUpdateIndex = 1;
        cell.Set(0.1f, 0.2f);
        cell.Devices.HiddenUpdateIndex = 0;
        cell.Set(0.5f, 0.5f);
        Assert.Equal([0.5f, 0.5f], cell.Hidden("hidden_weights_0"));
        Assert.Equal([0.1f, 0.2f], cell.Hidden("hidden_weights_1"));
        Assert.Equal([0.4f, 0.3f], cell.Visible());
        Assert.Throws<ArgumentOutOfRangeException>(() => cell.Devices.HiddenUpdateIndex = 2);
    }

    private static void Train(CellFixture cell, int first, int steps)
    {
        for (var step = first; step < first + steps; step++)
        {
            cell.Update((ulong)step, 0.3f, Vectors(step, Batch * Columns), Vectors(-step, Batch * Rows));
        }
    }

    private static uint[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToUInt32Bits)];
}
