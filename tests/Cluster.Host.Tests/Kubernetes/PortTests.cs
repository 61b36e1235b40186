namespace Tessera.Host.Tests.Kubernetes;

/// <summary>Probes, ports, services and the program's arguments say the same.</summary>
public sealed class PortTests
{
    private static readonly (string Name, string Path)[] Probes =
    [
        ("startupProbe", ProgramFacts.HealthPath),
        ("livenessProbe", ProgramFacts.HealthPath),
        ("readinessProbe", ProgramFacts.ReadyPath),
    ];

    public static TheoryData<string> Overlays => RenderedOverlay.Names;

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void The_program_listens_at_the_ports_of_its_container(string name) =>
        Assert.All(RenderedOverlay.Of(name).ProgramWorkloads, workload =>
        {
            Assert.Equal(["data", "http"], workload.Ports.Keys.Order(StringComparer.Ordinal));
            Assert.Equal($"tcp://0.0.0.0:{workload.Ports["data"]}", workload.Option("listen"));
            Assert.Equal($"0.0.0.0:{workload.Ports["http"]}", workload.Option("http"));
            Assert.Equal((ProgramFacts.DataPort, ProgramFacts.HttpPort), (workload.Ports["data"], workload.Ports["http"]));
        });

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Probes_ask_what_the_program_answers(string name) =>
        Assert.All(RenderedOverlay.Of(name).ProgramWorkloads, workload =>
        {
            foreach ((string probe, string path) in Probes)
            {
                YamlValue call = workload.Container.At(probe, "httpGet");
                Assert.Equal(path, call["path"].Text);
                Assert.Equal(workload.Ports["http"], workload.PortOf(call["port"]));
                Assert.Equal("HTTP", call["scheme"].TextOrNull ?? "HTTP");
            }
        });

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Services_lead_to_ports_of_the_pods_that_they_select(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        Assert.All(overlay.OfKind("Service"), service =>
        {
            IReadOnlyList<Workload> selected = overlay.SelectedBy(service.At("spec", "selector"));
            Workload workload = Assert.Single(selected);
            Assert.All(service.At("spec", "ports").Items, port =>
            {
                Assert.Equal(workload.Ports[port["targetPort"].Text], port["port"].Number);
                Assert.Equal(port["name"].Text, port["targetPort"].Text);
            });
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Every_stateful_set_has_a_headless_service(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        Assert.All(overlay.Workloads, workload =>
        {
            Assert.Equal("StatefulSet", workload.Item["kind"].Text);
            YamlValue service = overlay.Find("Service", workload.Item.At("spec", "serviceName").Text);
            Assert.Equal("None", service.At("spec", "clusterIP").Text);
            Assert.True(workload.IsSelectedBy(service.At("spec", "selector")));
            if (workload.IsProgram) { Assert.Equal("true", service.At("spec", "publishNotReadyAddresses").Text); }
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Processes_advertise_the_name_that_their_service_gives_them(string name) =>
        Assert.All(RenderedOverlay.Of(name).ProgramWorkloads, workload =>
        {
            string service = workload.Item.At("spec", "serviceName").Text;
            Assert.Equal($"$(TESSERA_NODE_NAME).{service}.$(POD_NAMESPACE).svc:{workload.Ports["data"]}", workload.Option("advertise"));
            Assert.Equal("metadata.name", FieldOf(workload, "TESSERA_NODE_NAME"));
            Assert.Equal("metadata.namespace", FieldOf(workload, "POD_NAMESPACE"));
        });

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void A_node_is_drained_by_its_own_name_and_has_time_to_end_after_it(string name)
    {
        Workload nodes = RenderedOverlay.Of(name).ProgramWorkloads.Single(workload => workload.Name == "tessera-node");
        Drain drain = Drain.Of(nodes);
        Assert.Equal("metadata.name", FieldOf(nodes, drain.Variable));
        Assert.InRange(drain.Seconds, 30, nodes.Pod["terminationGracePeriodSeconds"].Number - 30);
    }

    private static string FieldOf(Workload workload, string variable) =>
        Assert.Single(workload.Variables, item => item["name"].Text == variable).At("valueFrom", "fieldRef", "fieldPath").Text;
}
