using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;
using Tessera.Kernels.Updates;

namespace Tessera.Kernels.Tests.Updates;

/// <summary>What unit cells ask of single devices: one direction only, a rate for each vector, updates cut into runs.</summary>
public sealed class PulseCallTests
{
    private const int Rows = 21;
    private const int Columns = 70;
    private const int Batch = 9;

    public static TheoryData<string, string> Kinds()
    {
        var kinds = new TheoryData<string, string>();
        foreach (var side in Enum.GetNames<PulseSide>())
        {
            foreach (var type in (string[])["StochasticCompressed", "MeanCount", "DeterministicImplicit"]) kinds.Add(side, type);
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Vector_form_equals_the_reference(string side, string type)
    {
        PulsedDeviceParameters[] kinds = [new ConstantStepDevice { WMax = 0.1f, WMin = -0.1f }, new SoftBoundsDevice { WriteNoiseStd = 2 }, new LinearStepDevice()];
        foreach (var parameters in kinds)
        {
            var update = new UpdateParameters { PulseType = Enum.Parse<PulseType>(type) };
            using var vector = Create(parameters, update);
            using var scalar = Create(parameters, update);
            using var a = new WeightMatrix(Rows, Columns);
            using var b = new WeightMatrix(Rows, Columns);
            for (uint run = 0; run < 3; run++)
            {
                var pick = new Picker(run, side + type);
                var (x, d) = (pick.Vectors(Batch * Columns), pick.Vectors(Batch * Rows));
                float[] rates = [.. Enumerable.Range(0, Batch).Select(_ => pick.Choose(0f, 0.001f, 0.02f, 0.3f))];
                var call = Call(run * 50, Enum.Parse<PulseSide>(side), rates);
                vector.Pulse(a, call, x, d, Batch);
                scalar.PulseByReference(b, call, x, d, Batch);
                Assert.Equal(b.Values.ToArray(), a.Values.ToArray());
            }

            Assert.Contains(a.Values.ToArray(), value => value != 0);
        }
    }

    [Theory]
    [InlineData(PulseType.StochasticCompressed)]
    [InlineData(PulseType.MeanCount)]
    [InlineData(PulseType.NoneWithDevice)]
    public void The_sides_share_the_coincidences(PulseType type)
    {
        // Without noise and far from bounds every pulse counts the same, so that the whole is the difference of its sides.
        var nominal = new ConstantStepDevice { DwMin = 1f / 1024, DwMinDtod = 0, DwMinStd = 0, UpDownDtod = 0, WMax = 10, WMin = -10, WMaxDtod = 0, WMinDtod = 0 };
        using var devices = Create(nominal, new UpdateParameters { PulseType = type });
        var pick = new Picker(1, "sides");
        var (x, d) = (pick.Vectors(Batch * Columns), pick.Vectors(Batch * Rows));
        var (both, down, up) = (Moved(PulseSide.Both), Moved(PulseSide.DownAsUp), Moved(PulseSide.UpAsUp));
        Assert.All(down, value => Assert.True(value >= 0));
        Assert.All(up, value => Assert.True(value >= 0));
        for (var i = 0; i < both.Length; i++) Assert.Equal(both[i], up[i] - down[i], 1e-6f);
        Assert.Contains(down, value => value > 0);
        Assert.Contains(up, value => value > 0);

        float[] Moved(PulseSide side)
        {
            using var weights = new WeightMatrix(Rows, Columns);
            devices.Pulse(weights, Call(0, side, []), x, d, Batch);
            return weights.Values.ToArray();
        }
    }

    [Fact]
    public void Trains_do_not_notice_a_cut()
    {
        var nominal = new SoftBoundsDevice { DwMinDtod = 0, DwMinStd = 0, UpDownDtod = 0, WMax = 10, WMin = -10, WMaxDtod = 0, WMinDtod = 0 };
        using var devices = Create(nominal, new UpdateParameters());
        var pick = new Picker(2, "cut");
        var (x, d) = (pick.Vectors(Batch * Columns), pick.Vectors(Batch * Rows));
        float[] rates = [.. Enumerable.Range(1, Batch).Select(b => 0.01f * b)];
        using var whole = new WeightMatrix(Rows, Columns);
        using var cut = new WeightMatrix(Rows, Columns);
        var call = Call(7, PulseSide.Both, rates);
        devices.Pulse(whole, call, x, d, Batch);
        devices.Pulse(cut, call.Segment(0, 4), x.AsSpan(0, 4 * Columns), d.AsSpan(0, 4 * Rows), 4);
        devices.Pulse(cut, call.Segment(4, 5), x.AsSpan(4 * Columns), d.AsSpan(4 * Rows), 5);
        Assert.Equal(whole.Values.ToArray(), cut.Values.ToArray());
        Assert.Contains(whole.Values.ToArray(), value => value != 0);
    }

    [Fact]
    public void Devices_of_a_cell_share_trains_and_draw_noise_of_their_own()
    {
        var tile = new TileIdentity(5, 6);
        var first = tile.OfDevice(0, sharesTrains: true);
        var second = tile.OfDevice(1, sharesTrains: true);
        var written = tile.OfDevice(1, sharesTrains: false);
        RandomKey Train(TileIdentity identity) => RandomKey.Derive(identity, RandomStream.PulseTrainX);
        RandomKey Noise(TileIdentity identity) => RandomKey.Derive(identity, RandomStream.PulseNoise);
        Assert.Equal(Train(tile), Train(first));
        Assert.Equal(Train(first), Train(second));
        Assert.NotEqual(Train(second), Train(written));
        Assert.Equal(4, new[] { tile, first, second, second.OfDevice(0, sharesTrains: true) }.Select(Noise).Distinct().Count());
        Assert.Throws<NotSupportedException>(() => tile.OfDevice(63, sharesTrains: true));
        Assert.Throws<NotSupportedException>(() => first.OfDevice(0, true).OfDevice(0, true).OfDevice(0, true).OfDevice(0, true));
    }

    private static PulsedDeviceArray Create(PulsedDeviceParameters parameters, UpdateParameters update) =>
        (PulsedDeviceArray)DeviceArrays.Create(parameters, update, Rows, Columns, new TileIdentity(3, 4));

    private static PulseCall Call(uint vector, PulseSide side, float[] rates) => new()
    {
        At = new DrawAddress(11, vector, 0),
        TileRate = 0.05f,
        Units = Batch,
        Rate = 0.05f,
        Rates = rates,
        Granularity = 0.002f,
        Side = side,
    };
}
