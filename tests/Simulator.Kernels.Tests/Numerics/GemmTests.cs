using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tests.Numerics;

public class GemmTests
{
    private const double HalfUlp = 1.0 / (1 << 24);

    public static TheoryData<int, int, int> Shapes()
    {
        var data = new TheoryData<int, int, int>();
        foreach (var (rows, columns) in new[] { (1, 1), (10, 128), (196, 256), (5, 785), (3, 17), (130, 80), (257, 65) })
        {
            foreach (var batch in new[] { 1, 2, 3, 4, 10, 18, 32 })
            {
                data.Add(rows, columns, batch);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Vector_forms_equal_the_reference_and_stay_within_the_error_bound(int rows, int columns, int batch)
    {
        var m = new Matrices(rows, columns, batch, seed: (ulong)((rows * 1000003) + (columns * 101) + batch));
        CheckForward(m);
        CheckTransposed(m);
        CheckRankUpdate(m);
    }

    [Fact]
    public void Random_shapes_agree_bit_for_bit()
    {
        var key = new RandomKey(1, 2);
        for (var trial = 0; trial < 40; trial++)
        {
            var at = new DrawAddress(0, (uint)trial, 0);
            var rows = 1 + (int)(RandomField.WordAt(key, at, 0, 0) % 150);
            var columns = 1 + (int)(RandomField.WordAt(key, at, 0, 1) % 300);
            var batch = 1 + (int)(RandomField.WordAt(key, at, 0, 2) % (trial % 8 == 0 ? 512u : 20u));
            var m = new Matrices(rows, columns, batch, (ulong)trial);
            CheckForward(m);
            CheckTransposed(m);
            CheckRankUpdate(m);
        }
    }

    [Fact]
    public void Splitting_rows_and_batch_does_not_change_a_bit()
    {
        var m = new Matrices(70, 90, 13, 5);
        var whole = new float[m.Batch * m.YStride];
        Gemm.Forward(m.Weights, m.Rows, m.Columns, m.XStride, m.X, m.XStride, whole, m.YStride, m.Batch);
        var parts = new float[whole.Length];
        foreach (var (row, rowCount) in new[] { (0, 1), (1, 30), (31, 39) })
        {
            foreach (var (first, count) in new[] { (0, 1), (1, 3), (4, 9) })
            {
                Gemm.Forward(
                    m.Weights.AsSpan(row * m.XStride),
                    rowCount,
                    m.Columns,
                    m.XStride,
                    m.X.AsSpan(first * m.XStride),
                    m.XStride,
                    parts.AsSpan((first * m.YStride) + row),
                    m.YStride,
                    count);
            }
        }

        AssertBits(whole, parts);

        var back = new float[m.Batch * m.XStride];
        Gemm.Transposed(m.Weights, m.Rows, m.Columns, m.XStride, m.D, m.YStride, back, m.XStride, m.Batch);
        var backParts = new float[back.Length];
        foreach (var (first, count) in new[] { (0, 1), (1, 3), (4, 9) })
        {
            foreach (var (column, columns) in new[] { (0, 16), (16, 64), (80, 10) })
            {
                Gemm.Transposed(
                    m.Weights.AsSpan(column),
                    m.Rows,
                    columns,
                    m.XStride,
                    m.D.AsSpan(first * m.YStride),
                    m.YStride,
                    backParts.AsSpan((first * m.XStride) + column),
                    m.XStride,
                    count);
            }
        }

        AssertBits(back, backParts);
    }

    [Fact]
    public void A_matrix_that_does_not_fit_is_refused_with_its_sizes()
    {
        var error = Assert.Throws<ArgumentException>(() => Gemm.Forward(new float[40], 2, 20, 20, new float[32], 32, new float[2], 2, 1));
        Assert.Contains("multiple of 16", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Gemm.Forward(new float[63], 2, 20, 32, new float[32], 32, new float[2], 2, 1));
        Assert.Throws<ArgumentException>(() => Gemm.Transposed(new float[64], 2, 20, 32, new float[2], 2, new float[20], 20, 1));
        Assert.Throws<ArgumentException>(() => Gemm.RankUpdate(new float[64], 2, 20, 32, 1f, new float[32], 32, new float[1], 2, 1));
    }

    private static void CheckForward(Matrices m)
    {
        var fast = new float[m.Batch * m.YStride];
        var reference = new float[fast.Length];
        fast.AsSpan().Fill(7);
        reference.AsSpan().Fill(7);
        Gemm.Forward(m.Weights, m.Rows, m.Columns, m.XStride, m.X, m.XStride, fast, m.YStride, m.Batch);
        GemmReference.Forward(m.Weights, m.Rows, m.Columns, m.XStride, m.X, m.XStride, reference, m.YStride, m.Batch);
        AssertBits(reference, fast);
        for (var b = 0; b < m.Batch; b++)
        {
            for (var i = 0; i < m.Rows; i++)
            {
                double sum = 0, magnitude = 0;
                for (var j = 0; j < m.Columns; j++)
                {
                    var term = (double)m.Weights[(i * m.XStride) + j] * m.X[(b * m.XStride) + j];
                    sum += term;
                    magnitude += Math.Abs(term);
                }

                // Each term passes columns / 16 fused operations and four additions at most.
                AssertNear(sum, fast[(b * m.YStride) + i], ((m.XStride / 16) + 4) * HalfUlp * magnitude * 1.01);
            }
        }
    }

    private static void CheckTransposed(Matrices m)
    {
        var fast = new float[m.Batch * m.XStride];
        var reference = new float[fast.Length];
        fast.AsSpan().Fill(7);
        Gemm.Transposed(m.Weights, m.Rows, m.Columns, m.XStride, m.D, m.YStride, fast, m.XStride, m.Batch);
        GemmReference.Transposed(m.Weights, m.Rows, m.Columns, m.XStride, m.D, m.YStride, reference, m.XStride, m.Batch);
        AssertBits(reference, fast);
        for (var b = 0; b < m.Batch; b++)
        {
            for (var j = 0; j < m.Columns; j++)
            {
                double sum = 0, magnitude = 0;
                for (var i = 0; i < m.Rows; i++)
                {
                    var term = (double)m.Weights[(i * m.XStride) + j] * m.D[(b * m.YStride) + i];
                    sum += term;
                    magnitude += Math.Abs(term);
                }

                AssertNear(sum, fast[(b * m.XStride) + j], m.Rows * HalfUlp * magnitude * 1.01);
            }
        }
    }

    private static void CheckRankUpdate(Matrices m)
    {
        var fast = (float[])m.Weights.Clone();
        var reference = (float[])m.Weights.Clone();
        Gemm.RankUpdate(fast, m.Rows, m.Columns, m.XStride, 0.3f, m.X, m.XStride, m.D, m.YStride, m.Batch);
        GemmReference.RankUpdate(reference, m.Rows, m.Columns, m.XStride, 0.3f, m.X, m.XStride, m.D, m.YStride, m.Batch);
        AssertBits(reference, fast);
        for (var i = 0; i < m.Rows; i++)
        {
            for (var j = 0; j < m.Columns; j++)
            {
                double sum = 0, magnitude = 0;
                for (var b = 0; b < m.Batch; b++)
                {
                    var term = (double)m.D[(b * m.YStride) + i] * m.X[(b * m.XStride) + j];
                    sum += term;
                    magnitude += Math.Abs(term);
                }

                var w = m.Weights[(i * m.XStride) + j];
                AssertNear(w - ((double)0.3f * sum), fast[(i * m.XStride) + j], ((m.Batch + 1) * HalfUlp * 0.3 * magnitude * 1.01) + (HalfUlp * Math.Abs(w) * 1.01));
            }
        }
    }

    private static void AssertNear(double expected, float actual, double bound) =>
        Assert.True(Math.Abs(expected - actual) <= bound, $"expected {expected:R}, got {actual:R}, error bound {bound:R}");

    private static void AssertBits(float[] expected, float[] actual)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToUInt32Bits(expected[i]) != BitConverter.SingleToUInt32Bits(actual[i]))
            {
                Assert.Fail($"value {i}: expected {expected[i]:R}, got {actual[i]:R}");
            }
        }
    }

    private sealed class Matrices
    {
        public Matrices(int rows, int columns, int batch, ulong seed)
        {
            (Rows, Columns, Batch) = (rows, columns, batch);
            XStride = Lanes.RoundUp(columns);
            YStride = Lanes.RoundUp(rows);
            Weights = Fill(rows, columns, XStride, seed, 1);
            X = Fill(batch, columns, XStride, seed, 2);
            D = Fill(batch, rows, YStride, seed, 3);
        }

        public int Rows { get; }

        public int Columns { get; }

        public int Batch { get; }

        public int XStride { get; }

        public int YStride { get; }

        public float[] Weights { get; }

        public float[] X { get; }

        public float[] D { get; }

        private static float[] Fill(int rows, int columns, int stride, ulong seed, uint callSite)
        {
            var values = new float[rows * stride];
            var key = RandomKey.Derive(new TileIdentity(seed, 0), RandomStream.WeightInitialisation, callSite);
            for (var row = 0; row < rows; row++)
            {
                RandomField.Normals(key, default, row, values.AsSpan(row * stride, columns));
            }

            return values;
        }
    }
}
