using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Tests.Forward;

/// <summary>The vector pass equals the scalar reference bit for bit, whatever the parameters, the shape and the cut of the batch.</summary>
public sealed class MvmReferenceTests
{
    private static readonly int[] Sizes = [1, 2, 15, 16, 17, 31, 63, 64, 65, 100, 130];

    [Fact]
    public void Vector_and_reference_have_equal_bits_on_random_parameters_and_shapes()
    {
        for (var trial = 0; trial < 600; trial++)
        {
            var random = new Random(trial);
            var io = RandomParameters(random);
            var direction = random.Next(2) == 0 ? MvmDirection.Forward : MvmDirection.Backward;
            Compare(trial, random, io, direction, Pick(random, Sizes), Pick(random, Sizes), physicalRows: 0);
        }
    }

    [Fact]
    public void Vector_and_reference_have_equal_bits_where_columns_are_solved_in_time()
    {
        for (var trial = 0; trial < 120; trial++)
        {
            var random = new Random(10_000 + trial);
            var inputs = Pick(random, [1, 2, 7, 16, 23, 40]);
            var segments = Pick(random, [1, 2, 4]);
            var physicalRows = (((inputs - 1) / segments) + 1 + random.Next(3)) * segments;
            Compare(trial, random, RandomTimes(random, segments), MvmDirection.Forward, Pick(random, [1, 2, 15, 33, 40]), inputs, physicalRows);
        }
    }

    [Theory]
    [InlineData(MvmDirection.Forward)]
    [InlineData(MvmDirection.Backward)]
    public void Cutting_the_batch_changes_no_bit(MvmDirection direction)
    {
        var random = new Random(7);
        using var weights = RandomWeights(random, 40, 50);
        var io = new IOParameters { OutBound = 1.5f, InpNoise = 0.1f, WNoise = 0.05f, WNoiseType = WeightNoiseType.PCMRead };
        using var pass = new MvmPass(io, direction, 40, 50, new TileIdentity(3, 9));
        const int Batch = 300;
        var x = RandomInput(random, Batch, pass.InSize);
        var whole = new float[Batch * pass.OutSize];
        var at = new ReadAddress(ReadPhase.Training, 12, 0);
        pass.Run(weights, at, x, whole, Batch);
        foreach (var part in new[] { 1, 3, 7, 128, 129 })
        {
            var cut = new float[whole.Length];
            for (var first = 0; first < Batch; first += part)
            {
                var count = Math.Min(part, Batch - first);
                pass.Run(
                    weights,
                    at with { FirstVector = first },
                    x.AsSpan(first * pass.InSize, count * pass.InSize),
                    cut.AsSpan(first * pass.OutSize, count * pass.OutSize),
                    count);
            }

            Assert.Equal(whole, cut);
        }
    }

    [Fact]
    public void Every_part_of_the_address_changes_the_noise()
    {
        using var weights = RandomWeights(new Random(1), 16, 16);
        var x = RandomInput(new Random(2), 1, 16);
        var seen = new List<string>();
        foreach (var direction in new[] { MvmDirection.Forward, MvmDirection.Backward })
        {
            foreach (var tile in new[] { new TileIdentity(1, 1), new TileIdentity(2, 1), new TileIdentity(1, 2), new TileIdentity(1, 1, 1) })
            {
                using var pass = new MvmPass(new IOParameters { BoundManagement = BoundManagementType.None }, direction, 16, 16, tile);
                foreach (var at in new ReadAddress[] { new(ReadPhase.Training, 0, 0), new(ReadPhase.Evaluation, 0, 0), new(ReadPhase.Training, 1, 0), new(ReadPhase.Training, 0, 1) })
                {
                    var y = new float[16];
                    pass.Run(weights, at, x, y, 1);
                    seen.Add(string.Join(",", y));
                    pass.Run(weights, at, x, y, 1);
                    Assert.Equal(seen[^1], string.Join(",", y));
                }
            }
        }

        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    internal static WeightMatrix RandomWeights(Random random, int rows, int columns)
    {
        var weights = new WeightMatrix(rows, columns);
        for (var row = 0; row < rows; row++)
        {
            foreach (ref var value in weights.Row(row))
            {
                value = (float)((2 * random.NextDouble()) - 1);
            }
        }

        return weights;
    }

    internal static float[] RandomInput(Random random, int batch, int size)
    {
        var x = new float[batch * size];
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = random.Next(4) == 0 ? 0 : (float)((2 * random.NextDouble()) - 1) * 2;
        }

        if (random.Next(3) == 0)
        {
            x.AsSpan(0, size).Clear();
        }

        return x;
    }

    private static void Compare(int trial, Random random, IOParameters io, MvmDirection direction, int rows, int columns, int physicalRows)
    {
        var batch = random.Next(1, 7);
        using var weights = RandomWeights(random, rows, columns);
        var tile = new TileIdentity((ulong)random.NextInt64(), (uint)random.Next());
        using var pass = new MvmPass(io, direction, rows, columns, tile, physicalRows);
        var reference = new MvmReference(io, direction, rows, columns, tile, physicalRows);
        var x = RandomInput(random, batch, pass.InSize);
        var y = new float[batch * pass.OutSize];
        var at = new ReadAddress((ReadPhase)random.Next(2), (ulong)random.Next(1000), random.Next(1000));
        pass.Run(weights, at, x, y, batch);
        for (var vector = 0; vector < batch; vector++)
        {
            var expected = reference.Run(weights, at with { FirstVector = at.FirstVector + vector }, x.AsSpan(vector * pass.InSize, pass.InSize));
            var seen = y.AsSpan(vector * pass.OutSize, pass.OutSize);
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.True(
                    BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(seen[i]),
                    $"trial {trial}, {direction}, {rows}x{columns}, {at.Phase}, vector {vector}, output {i}: {seen[i]:R}, expected {expected[i]:R}, {io}");
            }
        }
    }

    private static IOParametersIRDropT RandomTimes(Random random, int segments) => new()
    {
        MvType = Pick(random, [AnalogMVType.OnePass, AnalogMVType.SplitMode, AnalogMVType.BitWise]),
        InpRes = Pick(random, [1 / 126f, 30f]),
        InpNoise = Pick(random, [0f, 0f, 0.1f]),
        InpStoRound = random.Next(3) == 0,
        OutBound = Pick(random, [12f, 0.5f]),
        OutNoise = Pick(random, [0f, 0.06f]),
        OutStoRound = random.Next(3) == 0,
        BoundManagement = (BoundManagementType)random.Next(3),
        BmTestNegativeBound = random.Next(3) > 0,
        IrDrop = Pick(random, [0f, 1f, 30f]),
        IrDropSegments = segments,
        IrDropTimeStepResolutionScale = Pick(random, [1f, 0.5f, 0.01f]),
        SplitModeBitShift = Pick(random, [2, 3]),
        ApplyXdepPcmReadNoise = random.Next(2) == 0,
        XdepPcmReadNoiseScale = Pick(random, [1f, 0f, 3f]),
        AdcQuantization = random.Next(2) == 0,
        IrDropIntegrationSum = random.Next(2) == 0,
    };

    private static IOParameters RandomParameters(Random random)
    {
        var management = (NoiseManagementType)random.Next(6);
        return new IOParameters
        {
            IsPerfect = random.Next(20) == 0,
            InpBound = management == NoiseManagementType.None ? Pick(random, [1.0f, 0.5f, 0f, -1f]) : 1.0f,
            InpNoise = Pick(random, [0f, 0f, 0.1f]),
            InpRes = Pick(random, [1 / 126f, 30f, 0f, -1f]),
            InpStoRound = random.Next(3) == 0,
            InpAsymmetry = Pick(random, [0f, 0f, 0.1f]),
            OutBound = Pick(random, [12f, 1f, 0.3f, 0f]),
            OutNoise = Pick(random, [0f, 0.06f, 0.5f]),
            OutNoiseStd = Pick(random, [0f, 0f, 0.3f]),
            OutRes = Pick(random, [1 / 510f, 30f, 0f]),
            OutStoRound = random.Next(3) == 0,
            OutScale = Pick(random, [1f, 0.7f]),
            OutAsymmetry = Pick(random, [0f, 0.2f, -0.2f]),
            BoundManagement = (BoundManagementType)random.Next(3),
            NoiseManagement = management,
            WNoise = Pick(random, [0f, 0.05f]),
            WNoiseType = (WeightNoiseType)random.Next(3),
            MaxBmFactor = Pick(random, [1000, 4]),
            BmTestNegativeBound = random.Next(3) > 0,
            NmThres = Pick(random, [0f, 0.5f]),
            MvType = Pick(random, [AnalogMVType.OnePass, AnalogMVType.PosNegSeparate, AnalogMVType.PosNegSeparateDigitalSum]),
            WReadAsymmetryDtod = Pick(random, [0f, 0.2f]),
            IrDrop = Pick(random, [0f, 0f, 1f]),
            IrDropGRatio = Pick(random, [571428.57f, 1000f]),
            OutNonlinearity = Pick(random, [0f, 0f, 0.5f]),
            OutNonlinearityStd = Pick(random, [0f, 0.3f]),
            SlopeCalibration = Pick(random, [0f, 0.5f]),
            VOffsetStd = Pick(random, [0f, 0f, 0.05f]),
            VOffsetWMin = Pick(random, [0f, -1f]),
            RSeries = Pick(random, [0f, 0f, 0.01f]),
        };
    }

    private static T Pick<T>(Random random, T[] values) => values[random.Next(values.Length)];
}
