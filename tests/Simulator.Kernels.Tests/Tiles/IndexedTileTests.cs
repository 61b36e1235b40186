using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tests.Updates;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Tiles;

/// <summary>A convolution through indices has the bits of the same calls with the vectors of the unfolded images.</summary>
public sealed class IndexedTileTests
{
    private const int Channels = 2;
    private const int Height = 5;
    private const int Width = 4;
    private const int Kernel = 3;
    private const int InSize = Channels * Kernel * Kernel;
    private const int OutSize = 7;
    private const int Batch = 3;
    private const int Positions = Height * Width;
    private const int ImageSize = Channels * Height * Width;
    private static readonly TileIdentity Identity = new(2, 5);

    /// <summary>Configurations with everything random on, by name.</summary>
    private static readonly Dictionary<string, RpuConfig> Configs = new()
    {
        ["floating point"] = new FloatingPointRPUConfig(),
        ["digital bias"] = new FloatingPointRPUConfig(),
        ["constant step"] = new SingleRPUConfig(),
        ["power step"] = new SingleRPUConfig { Device = new PowStepDevice() },
        ["deterministic"] = new SingleRPUConfig { Update = new UpdateParameters { PulseType = PulseType.DeterministicImplicit } },
        ["periphery"] = new SingleRPUConfig
        {
            Device = new SoftBoundsDevice(),
            Forward = new IOParameters { OutBound = 1, NoiseManagement = NoiseManagementType.None, BoundManagement = BoundManagementType.None },
            Mapping = new MappingParameter { LearnOutScaling = true, OutScalingColumnwise = true, WeightScalingOmega = 0.4f, DigitalBias = false },
            PrePost = new PrePostProcessingParameter { InputRange = new InputRangeParameter { Enable = true, InitFromData = 2, ManageOutputClipping = true } },
        },
        ["tiki-taka"] = new UnitCellRPUConfig
        {
            Device = new TransferCompound { UnitCellDevices = [new SoftBoundsDevice(), new SoftBoundsDevice()], UnitsInMbatch = false, TransferEvery = 7, Gamma = 0.3f },
        },
        ["agad"] = new UnitCellRPUConfig
        {
            Device = new DynamicTransferCompound { UnitCellDevices = [new SoftBoundsDevice(), new SoftBoundsDevice()], AutoScale = true, InChopProb = 0.5f },
        },
        ["vector cell"] = new UnitCellRPUConfig
        {
            Device = new VectorUnitCell
            {
                UnitCellDevices = [new SoftBoundsDevice(), new ConstantStepDevice()],
                UpdatePolicy = VectorUnitCellUpdatePolicy.SingleRandom,
            },
        },
        ["mixed precision"] = new DigitalRankUpdateRPUConfig { Device = new MixedPrecisionCompound { Device = new SoftBoundsDevice(), NXBins = 8, NDBins = 6 } },
        ["half"] = new SingleRPUConfig { Runtime = new RuntimeParameter { DataType = RPUDataType.Half } },
        ["half by chance"] = new SingleRPUConfig { Runtime = new RuntimeParameter { DataType = RPUDataType.Half, StochasticRounding = true } },
    };

    /// <summary>Names of all configurations.</summary>
    public static TheoryData<string> Names => [.. Configs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Positions_are_vectors_in_order(string name)
    {
        var analogBias = !Configs[name].Mapping.DigitalBias;
        using var indexed = Tile(name, analogBias);
        using var unfolded = Tile(name, analogBias);
        indexed.SetMatrixIndices(Indices(analogBias), ImageSize);
        var pick = new Picker(3, "convolution");
        for (ulong step = 1; step <= 3; step++)
        {
            var images = pick.Vectors(Batch * ImageSize);
            var d = pick.Vectors(Batch * OutSize * Positions);
            var at = new ReadAddress(ReadPhase.Training, step, 0);
            var y = new float[d.Length];
            var dx = new float[images.Length];
            indexed.ForwardIndexed(at, images, y, Batch);
            indexed.BackwardIndexed(at, d, dx, Batch);
            indexed.CommitIndexed(step, 0.1f, images, d, Batch);

            var x = Unfold(images);
            var rows = ToVectors(d);
            Assert.Equal(TileFixture.ReadForward(unfolded, x, Batch * Positions, at), ToVectors(y));
            Assert.Equal(Fold(TileFixture.ReadBackward(unfolded, rows, Batch * Positions, at)), dx);
            unfolded.Commit(step, 0.1f, x, rows, Batch * Positions);
            Assert.Equal(unfolded.DumpState(), indexed.DumpState());

            images = pick.Vectors(Batch * ImageSize);
            d = pick.Vectors(Batch * OutSize * Positions);
            indexed.UpdateIndexed(step + 10, images, d, Batch);
            unfolded.Update(step + 10, Unfold(images), ToVectors(d), Batch * Positions);
            Assert.Equal(unfolded.DumpState(), indexed.DumpState());
        }
    }

    [Fact]
    public void Images_that_come_one_by_one_have_the_addresses_of_their_positions()
    {
        using var tile = Tile("constant step", analogBias: false);
        tile.SetMatrixIndices(Indices(analogBias: false), ImageSize);
        var images = new Picker(4, "images").Vectors(Batch * ImageSize);
        var together = new float[Batch * OutSize * Positions];
        tile.ForwardIndexed(new ReadAddress(ReadPhase.Evaluation, 4, 2 * Positions), images, together, Batch);
        var alone = new float[OutSize * Positions];
        for (var image = 0; image < Batch; image++)
        {
            tile.ForwardIndexed(new ReadAddress(ReadPhase.Evaluation, 4, (2 + image) * Positions), images.AsSpan(image * ImageSize, ImageSize), alone, 1);
            Assert.Equal(together[(image * alone.Length)..((image + 1) * alone.Length)], alone);
        }
    }

    [Fact]
    public void Ones_are_inputs_too_and_zeros_have_no_gradient()
    {
        using var tile = TileFixture.Floating(1, 3);
        tile.SetWeights([0.5f, 2, 4], []);
        tile.SetMatrixIndices([0, 2, 1, 1, 3, 2], 2); // [column, position]
        var y = new float[2];
        tile.ForwardIndexed(TileFixture.Training, [10, 100], y, 1);
        Assert.Equal([402f, 47f], y);
        var image = new float[2];
        tile.BackwardIndexed(TileFixture.Training, [1, 1000], image, 1);
        Assert.Equal([4500f, 4f], image);
    }

    [Fact]
    public void A_list_that_does_not_fit_is_refused_and_the_one_before_stays()
    {
        using var tile = TileFixture.Floating(2, 3, analogBias: true);
        Refuses("'images': saw no indices", () => tile.ForwardIndexed(TileFixture.Training, new float[4], new float[2], 1));
        Refuses("'images': saw no indices", () => tile.UpdateIndexed(1, new float[4], new float[2], 1));
        Assert.False(tile.HasMatrixIndices);
        tile.SetMatrixIndices([0, 0, 2, 3, 4, 5, 1, 1], 4);
        Assert.Equal((true, 2), (tile.HasMatrixIndices, tile.ImagePositions));

        Refuses("saw 5 entries, expected 4 columns", () => tile.SetMatrixIndices([1, 2, 3, 4, 1], 4));
        Refuses("saw 0 entries, expected 4 columns", () => tile.SetMatrixIndices([], 4));
        Refuses("saw 6 at entry 2 (column 2, position 0), expected 0 to 5 for images of 4 values", () => tile.SetMatrixIndices([0, 1, 6, 1], 4));
        Refuses("saw -1 at entry 1", () => tile.SetMatrixIndices([0, -1, 5, 1], 4));
        Refuses("saw 2 at entry 3 (column 3, position 0), expected 1 in the bias column", () => tile.SetMatrixIndices([0, 1, 5, 2], 4));
        Refuses("'imageSize': saw 0, expected 1 or more", () => tile.SetMatrixIndices([0, 1, 0, 1], 0));
        Assert.Equal(2, tile.ImagePositions);

        Refuses("'images': saw 7 values, expected 2 x 4 = 8", () => tile.ForwardIndexed(TileFixture.Training, new float[7], new float[8], 2));
        Refuses("'y': saw 4 values, expected 2 x 4 = 8", () => tile.ForwardIndexed(TileFixture.Training, new float[8], new float[4], 2));
        Refuses("'d': saw 4 values, expected 2 x 4 = 8", () => tile.BackwardIndexed(TileFixture.Training, new float[4], new float[8], 2));
        Refuses("'batch': saw 0, expected 1 or more", () => tile.ForwardIndexed(TileFixture.Training, [], [], 0));
        Refuses("'at': saw first vector 3, expected a multiple of 2", () => tile.ForwardIndexed(TileFixture.Training with { FirstVector = 3 }, new float[4], new float[4], 1));
        var before = tile.DumpState();
        Refuses("'images': saw NaN at index 3", () => tile.CommitIndexed(1, 1, [1, 1, 1, float.NaN], new float[4], 1));
        Refuses("'d': saw 5 values, expected 1 x 4 = 4", () => tile.CommitIndexed(1, 1, new float[4], new float[5], 1));
        Refuses("learning_rate", () => tile.CommitIndexed(1, -1, new float[4], new float[4], 1));
        Assert.Equal(before, tile.DumpState());

        using var transposed = TileFixture.Floating(2, 3, options: new TileOptions { InTrans = true });
        Refuses("transposed", () => transposed.SetMatrixIndices([2, 2, 2], 4));

        static void Refuses(string message, Action call)
        {
            var refusal = Assert.Throws<TileException>(call).Message;
            Assert.Contains("Tile 1 refused", refusal);
            Assert.Contains(message, refusal);
        }
    }

    [Fact]
    public void An_empty_mini_batch_commits_what_follows_an_update_only()
    {
        using var tile = TileFactory.Create(
            new FloatingPointRPUConfig { Device = new FloatingPointDevice { Lifetime = 10 } }, new TileShape(2, 3), Identity);
        tile.SetMatrixIndices([2, 3, 4], 3);
        var before = TileFixture.Weights(tile);
        tile.CommitIndexed(1, 1, [], [], 0);
        Assert.Equal(before.Select(weight => weight * 0.9f), TileFixture.Weights(tile));
    }

    [Fact]
    public void The_memory_of_vectors_is_counted_once_there_are_indices()
    {
        using var tile = Tile("constant step", analogBias: false);
        var without = tile.EstimateMemory(100).ScratchBytes;
        tile.SetMatrixIndices(Indices(analogBias: false), ImageSize);
        Assert.Equal(4 * ((100 * (InSize + OutSize)) + (InSize * Positions)), tile.EstimateMemory(100).ScratchBytes - without);
    }

    private static SimulatorTile Tile(string name, bool analogBias) => TileFactory.Create(
        Configs[name], new TileShape(OutSize, InSize, analogBias), Identity, new TileOptions { DigitalBias = name == "digital bias" });

    /// <summary>[column, position]: zero padding by one, the last column is the bias.</summary>
    private static int[] Indices(bool analogBias)
    {
        var columns = InSize + (analogBias ? 1 : 0);
        var indices = new int[columns * Positions];
        for (var column = 0; column < columns; column++)
        {
            for (var position = 0; position < Positions; position++)
            {
                indices[(column * Positions) + position] = column == InSize ? 1 : Source(column, position) is { } value ? value + 2 : 0;
            }
        }

        return indices;
    }

    private static float[] Unfold(float[] images)
    {
        var vectors = new float[Batch * Positions * InSize];
        for (var v = 0; v < Batch * Positions; v++)
        {
            for (var column = 0; column < InSize; column++)
            {
                vectors[(v * InSize) + column] = Source(column, v % Positions) is { } value ? images[(v / Positions * ImageSize) + value] : 0;
            }
        }

        return vectors;
    }

    private static float[] Fold(float[] vectors)
    {
        var images = new float[Batch * ImageSize];
        for (var v = 0; v < Batch * Positions; v++)
        {
            for (var column = 0; column < InSize; column++)
            {
                if (Source(column, v % Positions) is { } value) images[(v / Positions * ImageSize) + value] += vectors[(v * InSize) + column];
            }
        }

        return images;
    }

    /// <summary>[image, output, position] to [image, position, output].</summary>
    private static float[] ToVectors(float[] images)
    {
        var vectors = new float[images.Length];
        for (var i = 0; i < images.Length; i++)
        {
            var (image, output, position) = (i / (OutSize * Positions), i / Positions % OutSize, i % Positions);
            vectors[(((image * Positions) + position) * OutSize) + output] = images[i];
        }

        return vectors;
    }

    private static int? Source(int column, int position)
    {
        var y = (position / Width) + (column / Kernel % Kernel) - 1;
        var x = (position % Width) + (column % Kernel) - 1;
        return y is < 0 or >= Height || x is < 0 or >= Width ? null : (((column / (Kernel * Kernel) * Height) + y) * Width) + x;
    }
}
