using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tests.Numerics;

/// <summary>16-bit numbers: the framework's own conversion is the oracle of the scalar form, and that the oracle of the vectors.</summary>
public sealed unsafe class HalfTests
{
    private static readonly float[] Corners =
    [
        0, -0f, 1, -1, 0.1f, 65504, 65519.996f, 65520, 65535, 65536, 1e30f, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.Epsilon,
        5.9604645e-8f, 2.9802322e-8f, 2.9802326e-8f, 8.940697e-8f, 6.1035156e-5f, 6.1035153e-5f, 6.103e-5f, 6.0945e-5f, 1e-30f, 1.00048828125f, 1.00146484375f,
    ];

    [Fact]
    public void All_16_bit_numbers_widen_as_the_framework_says_and_come_back()
    {
        Span<ushort> halves = stackalloc ushort[Lanes.Count];
        for (var first = 0; first <= ushort.MaxValue; first += Lanes.Count)
        {
            for (var lane = 0; lane < Lanes.Count; lane++) halves[lane] = (ushort)(first + lane);
            var wide = HalfLanes.ToSingle(Vector256.Create<ushort>(halves));
            var narrow = HalfLanes.ToNearest(wide);
            for (var lane = 0; lane < Lanes.Count; lane++)
            {
                var expected = (float)BitConverter.UInt16BitsToHalf(halves[lane]);
                AssertBits(expected, HalfReference.ToSingle(halves[lane]), halves[lane]);
                AssertBits(expected, wide[lane], halves[lane]);
                if (!float.IsNaN(expected)) Assert.Equal(halves[lane], narrow[lane]);
                if (!float.IsNaN(expected)) Assert.Equal(halves[lane], HalfReference.ToNearest(expected));
            }
        }
    }

    [Fact]
    public void Any_number_narrows_to_the_nearest_as_the_framework_says()
    {
        var values = Numbers();
        for (var i = 0; i < values.Length; i += Lanes.Count)
        {
            var vector = Vector512.Create<float>(values.AsSpan(i, Lanes.Count));
            var narrow = HalfLanes.ToNearest(vector);
            var rounded = HalfLanes.RoundToNearest(vector);
            for (var lane = 0; lane < Lanes.Count; lane++)
            {
                var value = values[i + lane];
                var reference = HalfReference.ToNearest(value);
                Assert.Equal(reference, narrow[lane]);
                AssertBits(HalfReference.ToSingle(reference), rounded[lane], value);
                if (float.IsNaN(value)) Assert.True(Half.IsNaN(BitConverter.UInt16BitsToHalf(reference)));
                else Assert.True(BitConverter.HalfToUInt16Bits((Half)value) == reference, $"{value:R}: {reference:X4}, expected {BitConverter.HalfToUInt16Bits((Half)value):X4}");
            }
        }
    }

    [Fact]
    public void Chance_gives_the_same_bits_in_vectors_and_one_of_the_two_neighbours()
    {
        var values = Numbers();
        var words = new uint[Lanes.Count];
        for (var i = 0; i < values.Length; i += Lanes.Count)
        {
            RandomField.Words(Key(1), new DrawAddress((uint)i, 0, 0), 0, words);
            var rounded = HalfLanes.RoundAtRandom(Vector512.Create<float>(values.AsSpan(i, Lanes.Count)), Vector512.Create<uint>(words));
            for (var lane = 0; lane < Lanes.Count; lane++)
            {
                var value = values[i + lane];
                var reference = HalfReference.ToSingle(HalfReference.ToRandom(value, words[lane]));
                AssertBits(reference, rounded[lane], value);
                if (!(MathF.Abs(value) <= HalfReference.Maximum)) continue;
                var unit = HalfReference.UnitAt(value);
                Assert.True(MathF.Abs(reference - value) < unit, $"{value:R} became {reference:R}, a whole {unit:R} away");
                if ((float)(Half)value == value) Assert.Equal(value, reference);
            }
        }
    }

    [Theory]
    [InlineData(0.1f)]
    [InlineData(-0.3000123f)]
    [InlineData(0.59996f)]
    [InlineData(3.1e-6f)]
    [InlineData(-2e-8f)]
    [InlineData(1000.123f)]
    public void Chance_keeps_the_mean_and_its_frequency_is_the_distance(float value)
    {
        const int Rows = 250;
        const int Columns = 1024;
        using var cells = new NativeBuffer<float>(Rows * Columns);
        cells.Span.Fill(value);
        HalfField.RoundAtRandom(cells.Pointer, Rows, Columns, Key(2), new DrawAddress(3, 4, 0));
        var unit = HalfReference.UnitAt(value);
        var low = MathF.Floor(value / unit) * (double)unit;
        var probability = (value - low) / unit;
        var ups = 0;
        foreach (var cell in cells.Span)
        {
            Assert.True(cell == (float)low || cell == (float)(low + unit), $"{cell:R} is no neighbour of {value:R}");
            ups += cell == (float)low ? 0 : 1;
        }

        // A false alarm is a normal beyond five standard deviations: below 1e-6.
        var deviation = Math.Sqrt(probability * (1 - probability) / cells.Length);
        Assert.InRange((double)ups / cells.Length, probability - (5 * deviation), probability + (5 * deviation));
    }

    [Fact]
    public void Each_cell_is_rounded_by_the_word_at_its_address()
    {
        const int Rows = 5;
        const int Stride = 144;
        using var cells = new NativeBuffer<float>(Rows * Stride);
        for (var i = 0; i < cells.Length; i++) cells.Span[i] = i % 7 == 0 ? 0.25f : 0.001f * (i - 300.3f);
        cells.Span.Slice(64, 64).Fill(0.5f); // a block that needs no draw
        var before = cells.Span.ToArray();
        var at = new DrawAddress(9, 2, 0);
        HalfField.RoundAtRandom(cells.Pointer, Rows, Stride, Key(3), at);
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Stride; column++)
            {
                var i = (row * Stride) + column;
                var word = RandomField.WordAt(Key(3), at, row, column);
                AssertBits(HalfReference.ToSingle(HalfReference.ToRandom(before[i], word)), cells.Span[i], before[i]);
            }
        }
    }

    [Theory]
    [InlineData(0.6f, 0.00048828125f)]
    [InlineData(1f, 0.0009765625f)]
    [InlineData(0.99f, 0.00048828125f)]
    [InlineData(0f, 5.9604645e-8f)]
    [InlineData(65504f, 32f)]
    public void The_unit_is_the_distance_to_the_next_number(float value, float unit)
    {
        Assert.Equal(unit, HalfReference.UnitAt(value));
        if (value < 65504) Assert.Equal(unit, (float)(Half.BitIncrement((Half)value) - (Half)value));
    }

    private static RandomKey Key(uint site) => RandomKey.Derive(new TileIdentity(11, 3), RandomStream.StateRounding, site);

    /// <summary>Corner cases, halves between neighbours, and random bits.</summary>
    private static float[] Numbers()
    {
        var values = new List<float>(Corners);
        for (var h = 0; h < 0x7C00; h += 5)
        {
            var (low, high) = (HalfReference.ToSingle((ushort)h), HalfReference.ToSingle((ushort)(h + 1)));
            values.Add((low + high) / 2);
            values.Add(-MathF.BitIncrement((low + high) / 2));
            values.Add(MathF.BitDecrement((low + high) / 2));
        }

        var words = new uint[1 << 17];
        RandomField.Words(Key(0), default, 0, words);
        values.AddRange(words.Select(BitConverter.UInt32BitsToSingle));
        values.AddRange(words.Select(word => ((word >> 8) / (float)(1 << 24)) - 0.5f));
        while (values.Count % Lanes.Count != 0) values.Add(0.1f);
        return [.. values];
    }

    private static void AssertBits(float expected, float seen, object of)
    {
        if (float.IsNaN(expected))
        {
            Assert.True(float.IsNaN(seen), $"{of}: {seen:R}, expected NaN");
            return;
        }

        var (e, s) = (BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(seen));
        if (e != s) Assert.Fail($"{of}: {seen:R} ({s:X8}), expected {expected:R} ({e:X8})");
    }
}
