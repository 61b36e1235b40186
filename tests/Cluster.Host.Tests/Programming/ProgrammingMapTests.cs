using Tessera.Host.Programming;
using Tessera.Host.Tests.CommandLine;
using Tessera.Kernels.Configuration;

namespace Tessera.Host.Tests.Programming;

public sealed class ProgrammingMapTests
{
    [Fact]
    public void Threads_change_no_bit()
    {
        ProgrammingConfig config = Example() with { Rows = 5, Columns = 4, Updates = 600, Constructions = 2, States = [20, 200], ReferenceStd = [0, 0.3f] };
        List<ProgrammingPoint> order = [];
        double[] alone = [.. ProgrammingMap.Run(config, 1, error => order.Add(error.Point)).SelectMany(error => error.Errors)];
        double[] together = [.. ProgrammingMap.Run(config, 4, _ => { }).SelectMany(error => error.Errors)];
        Assert.Equal(alone, together);
        Assert.Equal(alone.Length, alone.Distinct().Count());
        Assert.Equal(4 * 2 * 2, order.Count);
        Assert.Equal([new ProgrammingPoint(0, 20, 0), new ProgrammingPoint(0, 20, 0.3f), new ProgrammingPoint(0, 200, 0)], order.Take(3));
    }

    [Fact]
    public void The_seed_changes_the_errors()
    {
        ProgrammingConfig config = Example() with { Rows = 3, Columns = 3, Updates = 100, Constructions = 1, States = [20], ReferenceStd = [0] };
        Assert.NotEqual(ErrorsOf(config), ErrorsOf(config with { Seed = 2 }));
    }

    [Fact]
    public void Far_from_the_symmetry_point_only_the_dynamic_reference_finds_the_target()
    {
        ProgrammingConfig config = Example() with { Rows = 8, Columns = 8, Updates = 8_000, Constructions = 1, States = [128], ReferenceStd = [0, 0.4f] };
        double[] errors = ErrorsOf(config);
        (double sgd, double ttv2, double chopped, double agad) = (errors[1], errors[3], errors[5], errors[7]);
        Assert.True(agad < 0.1, $"AGAD {agad}");
        Assert.True(2 * agad < sgd && 2 * agad < ttv2 && agad < chopped, $"SGD {sgd}, TTv2 {ttv2}, c-TTv2 {chopped}, AGAD {agad}");
        Assert.True(errors[2] < errors[0], $"without an offset, SGD {errors[0]}, TTv2 {errors[2]}");
        Assert.True(Math.Abs(errors[6] - agad) < 0.02, $"AGAD without an offset {errors[6]}, with one {agad}");
    }

    [Fact]
    public void Devices_of_a_place_have_its_states_and_its_reference_where_gradients_go()
    {
        ProgrammingConfig config = Example();
        SoftBoundsReferenceDevice alone = Device(((SingleRPUConfig)new ProgrammingPoint(0, 100, 0.2f).Physics(config)).Device);
        Assert.Equal((0.02f, 0.2f), (alone.DwMin, alone.ReferenceStd));
        UnitCell compound = ((UnitCellRPUConfig)new ProgrammingPoint(3, 100, 0.2f).Physics(config)).Device;
        Assert.Equal([0.2f, 0], compound.UnitCellDevices.Select(device => Device(device).ReferenceStd));
        Assert.All(compound.UnitCellDevices, device => Assert.Equal(0.02f, Device(device).DwMin));
        Assert.Equal([0.3f, 0], compound.UnitCellDevices.Select(device => Device(device).WMaxDtod));
    }

    private static SoftBoundsReferenceDevice Device(DeviceParameters device) => Assert.IsType<SoftBoundsReferenceDevice>(device);

    private static double[] ErrorsOf(ProgrammingConfig config) => [.. ProgrammingMap.Run(config, 2, _ => { }).Select(error => error.Mean)];

    private static ProgrammingConfig Example() => ProgrammingLoader.Load(Examples.PathOf("weight-programming.yaml"));
}
