using Tessera.Kernels.Digital;
using Tessera.Kernels.Numerics;
using static Tessera.Kernels.Tests.Digital.DigitalSamples;

namespace Tessera.Kernels.Tests.Digital;

public class LinearOperatorTests
{
    private static readonly TileIdentity Identity = new(5, 1);

    [Theory]
    [InlineData(1, 1, 1, true)]
    [InlineData(10, 128, 3, true)]
    [InlineData(33, 17, 5, false)]
    [InlineData(64, 32, 2, true)]
    public void Forward_and_backward_follow_double_precision(int inFeatures, int outFeatures, int batch, bool bias)
    {
        using var layer = new LinearOperator(inFeatures, outFeatures, bias, Identity);
        var x = Normals(batch * inFeatures, 1);
        var dy = Normals(batch * outFeatures, 2);
        var (y, dx) = (new float[batch * outFeatures], new float[batch * inFeatures]);
        layer.Forward(default, x, y, batch);
        layer.Backward(default, x, default, dy, dx, batch);
        var weight = layer.Parameters[0];
        for (var b = 0; b < batch; b++)
        {
            for (var i = 0; i < outFeatures; i++)
            {
                var sum = bias ? (double)layer.Parameters[1].Row(0)[i] : 0;
                for (var j = 0; j < inFeatures; j++)
                {
                    sum += (double)weight.Row(i)[j] * x[(b * inFeatures) + j];
                }

                AssertClose(sum, y[(b * outFeatures) + i], 1e-6, 3e-6, "output");
            }

            for (var j = 0; j < inFeatures; j++)
            {
                var sum = 0.0;
                for (var i = 0; i < outFeatures; i++)
                {
                    sum += (double)weight.Row(i)[j] * dy[(b * outFeatures) + i];
                }

                AssertClose(sum, dx[(b * inFeatures) + j], 1e-6, 5e-6, "input gradient");
            }
        }
    }

    [Fact]
    public void Parameter_gradients_are_the_finite_differences_of_the_output()
    {
        const int In = 7;
        const int Out = 5;
        const int Batch = 4;
        using var layer = new LinearOperator(In, Out, true, Identity);
        var x = Normals(Batch * In, 3);
        var dy = Normals(Batch * Out, 4);
        layer.Backward(default, x, default, dy, default, Batch);
        foreach (var parameter in layer.Parameters)
        {
            for (var row = 0; row < parameter.Rows; row++)
            {
                for (var column = 0; column < parameter.Columns; column++)
                {
                    var kept = parameter.Row(row)[column];
                    parameter.Row(row)[column] = kept + 0.5f;
                    var above = Weighted(layer, x, dy, Batch);
                    parameter.Row(row)[column] = kept - 0.5f; // linear, so any distance is exact
                    var below = Weighted(layer, x, dy, Batch);
                    parameter.Row(row)[column] = kept;
                    AssertClose(above - below, parameter.Gradients[(row * parameter.Stride) + column], 1e-5, 1e-5, parameter.Name);
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    public void The_cut_into_micro_batches_changes_no_bit_of_output_or_gradient(int microBatch)
    {
        const int In = 30;
        const int Out = 21;
        const int Batch = 10;
        using var whole = new LinearOperator(In, Out, true, Identity);
        using var cut = new LinearOperator(In, Out, true, Identity);
        var x = Normals(Batch * In, 5);
        var dy = Normals(Batch * Out, 6);
        var (y, yCut) = (new float[Batch * Out], new float[Batch * Out]);
        var (dx, dxCut) = (new float[Batch * In], new float[Batch * In]);
        whole.Forward(default, x, y, Batch);
        whole.Backward(default, x, default, dy, dx, Batch);
        for (var first = 0; first < Batch; first += microBatch)
        {
            var count = Math.Min(microBatch, Batch - first);
            cut.Forward(default, x.AsSpan(first * In), yCut.AsSpan(first * Out), count);
            cut.Backward(default, x.AsSpan(first * In), default, dy.AsSpan(first * Out), dxCut.AsSpan(first * In), count);
        }

        AssertSameBits(y, yCut);
        AssertSameBits(dx, dxCut);
        AssertSameBits(whole.Parameters[0].Gradients, cut.Parameters[0].Gradients);
        AssertSameBits(whole.Parameters[1].Gradients, cut.Parameters[1].Gradients);
    }

    [Theory]
    [InlineData(1, 16, 1)]
    [InlineData(5, 48, 7)]
    [InlineData(10, 128, 32)]
    [InlineData(3, 784, 10)]
    public void The_gradient_has_the_bits_of_its_reference(int rows, int stride, int batch)
    {
        var x = Normals(batch * stride, 7);
        var d = Normals(batch * rows, 8);
        var gradient = Normals(rows * stride, 9);
        var reference = (float[])gradient.Clone();
        LinearGradient.Accumulate(gradient, rows, stride, x, d, rows, batch);
        LinearGradientReference.Accumulate(reference, rows, stride, x, d, rows, batch);
        AssertSameBits(reference, gradient);
    }

    [Fact]
    public void A_steady_step_allocates_nothing()
    {
        using var layer = new LinearOperator(20, 12, true, Identity);
        using var dropout = new DropoutOperator(12, 0.5f, Identity);
        using var softmax = new LogSoftmaxOperator(12);
        var (x, y, z, dx) = (Normals(100, 1), new float[60], new float[60], new float[100]);
        Step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Step();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Step()
        {
            layer.Forward(default, x, y, 5);
            dropout.Forward(default, y, z, 5);
            softmax.Forward(default, z, y, 5);
            softmax.Backward(default, default, y, z, z, 5);
            layer.Backward(default, x, default, z, dx, 5);
            for (var i = 0; i < layer.Parameters.Count; i++)
            {
                layer.Parameters[i].Step(new SGD(0.1f));
                layer.Parameters[i].ClearGradients();
            }
        }
    }

    private static double Weighted(LinearOperator layer, float[] x, float[] dy, int batch)
    {
        var y = new float[dy.Length];
        layer.Forward(default, x, y, batch);
        return y.Zip(dy, (value, weight) => (double)value * weight).Sum();
    }
}
