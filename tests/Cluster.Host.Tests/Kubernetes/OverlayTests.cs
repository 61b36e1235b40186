using Tessera.Coordination.Experiments;
using Tessera.Host.Configuration;
using Tessera.Host.Tests.CommandLine;

namespace Tessera.Host.Tests.Kubernetes;

/// <summary>Every overlay renders, and holds a whole run.</summary>
public sealed class OverlayTests
{
    public static TheoryData<string> Overlays => RenderedOverlay.Names;

    [Fact]
    public void The_overlays_that_the_manual_names_exist()
    {
        IEnumerable<object[]> rows = Overlays;
        string[] names = [.. rows.Select(row => (string)row[0])];
        Assert.Equal(["cpu", "external-postgres", "nvidia-gpu", "try-out-postgres"], names);
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void An_overlay_holds_a_run_and_no_object_twice(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        Assert.Distinct(overlay.Objects.Select(item => item.Path));
        Assert.Equal(["tessera-coordinator", "tessera-node"], overlay.ProgramWorkloads.Select(workload => workload.Name).Order(StringComparer.Ordinal));
        Assert.Equal(2, overlay.Find("StatefulSet", "tessera-coordinator").At("spec", "replicas").Number);
        Assert.All(overlay.Objects, item => Assert.Equal("tessera", item.At("metadata", "labels", "app.kubernetes.io/part-of").TextOrNull));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Coordinators_wait_for_no_more_nodes_than_there_are(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        Workload coordinator = overlay.ProgramWorkloads.Single(workload => workload.Name == "tessera-coordinator");
        Assert.InRange(int.Parse(coordinator.Option("nodes")), 1, overlay.Find("StatefulSet", "tessera-node").At("spec", "replicas").Number);
        Assert.Equal("wait", coordinator.Option("when-finished"));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void The_experiment_is_mounted_and_one_that_the_program_reads(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        Workload coordinator = overlay.ProgramWorkloads.Single(workload => workload.Name == "tessera-coordinator");
        string file = coordinator.Arguments[1];
        YamlValue mount = Assert.Single(coordinator.Container["volumeMounts"].Items, item => item["mountPath"].Text == Path.GetDirectoryName(file));
        YamlValue map = overlay.Find("ConfigMap", coordinator.VolumeOf(mount)!.At("configMap", "name").Text);
        using TemporaryFolder folder = new();
        string copy = folder.Write("experiment.yaml", map.At("data", Path.GetFileName(file)).Text);
        ExperimentConfig experiment = ExperimentLoader.Load(new ExperimentSource { File = copy });
        Assert.NotEmpty(experiment.Network.Layers);
    }

    [SkippableTheory]
    [InlineData("nvidia-gpu", "1", "accelerator=nvidia")]
    [InlineData("cpu", null, "accelerator=none")]
    [InlineData("external-postgres", null, "accelerator=none")]
    public void Nodes_ask_for_a_gpu_where_the_overlay_says_so(string name, string? gpus, string label)
    {
        Workload nodes = RenderedOverlay.Of(name).ProgramWorkloads.Single(workload => workload.Name == "tessera-node");
        Assert.Equal(gpus, nodes.Container.At("resources", "limits", "nvidia.com/gpu").TextOrNull);
        Assert.Equal(label, nodes.Option("label"));
    }
}
