using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tests.Numerics;

public class RandomFieldTests
{
    private static readonly RandomKey Key = RandomKey.Derive(new TileIdentity(2024, 3), RandomStream.OutputNoise);
    private static readonly DrawAddress At = new(123456789, 17, 0xfffffff0);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(3, 63)]
    [InlineData(65535, 64)]
    [InlineData(12, 65)]
    [InlineData(1, 785)]
    [InlineData(65535, 262144)]
    public void Vector_forms_equal_the_reference_at_every_column(int row, int columns)
    {
        var words = new uint[columns];
        var uniforms = new float[columns];
        var normals = new float[columns];
        RandomField.Words(Key, At, row, words);
        RandomField.Uniforms(Key, At, row, uniforms);
        RandomField.Normals(Key, At, row, normals);
        for (var column = 0; column < columns; column++)
        {
            Assert.Equal(RandomField.WordAt(Key, At, row, column), words[column]);
            AssertBits(RandomField.UniformAt(Key, At, row, column), uniforms[column]);
            AssertBits(RandomField.NormalAt(Key, At, row, column), normals[column]);
        }
    }

    [Fact]
    public void A_prefix_of_a_fill_is_the_fill_of_the_prefix()
    {
        var whole = new float[300];
        RandomField.Normals(Key, At, 5, whole);
        for (var length = 0; length <= whole.Length; length++)
        {
            var guarded = new float[length + 1];
            guarded[length] = 99;
            RandomField.Normals(Key, At, 5, guarded.AsSpan(0, length));
            Assert.Equal(whole.AsSpan(0, length), guarded.AsSpan(0, length));
            Assert.Equal(99, guarded[length]);
        }
    }

    [Fact]
    public void Cells_of_a_field_do_not_share_words()
    {
        var seen = new HashSet<uint>();
        var words = new uint[1000];
        for (var row = 0; row < 50; row++)
        {
            RandomField.Words(Key, At, row, words);
            seen.UnionWith(words);
        }

        // 50,000 words: n^2 / 2^33 = 0.3 collisions by chance, Poisson; 10 or more has a probability under 1e-11.
        Assert.True(seen.Count > 50000 - 10, $"only {seen.Count} different words of 50000");
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(65536, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 262144)]
    public void Addresses_outside_the_space_are_refused(int row, int column) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RandomField.WordAt(Key, At, row, column));

    private static void AssertBits(float expected, float actual) =>
        Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(actual));
}
